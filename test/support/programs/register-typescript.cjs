const { transformFileSync } = require('@swc/core');

/** Lets a plain node process of a test run our TypeScript, compiled as Jest compiles it. */
exports.registerTypeScript = () => {
  require.extensions['.ts'] = (module, filename) => {
    const { code } = transformFileSync(filename, {
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        target: 'es2022',
        keepClassNames: true,
      },
      module: { type: 'commonjs' },
    });
    module._compile(code, filename);
  };
};
