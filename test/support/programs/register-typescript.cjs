const { compileTypeScript } = require('./compile-typescript.cjs');

/** Lets a plain node process of a test run our TypeScript. */
exports.registerTypeScript = () => {
  require.extensions['.ts'] = (module, filename) => {
    module._compile(compileTypeScript(filename), filename);
  };
};
