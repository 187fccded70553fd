require('./register-typescript.cjs').registerTypeScript();
