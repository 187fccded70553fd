const { createRequire, isBuiltin } = require('node:module');
const path = require('node:path');
const { compileFunction } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** What was compiled for an earlier file is run anew for the next, with its own `module`. */
const functions = new Map();

function compiled(source, parameters, filename) {
  const known = functions.get(filename);
  if (known?.source === source) return known.run;
  const run = compileFunction(source, parameters, { filename });
  functions.set(filename, { source, run });
  return run;
}

/**
 * Loads what lies in node_modules by Node's own `require`, once for each worker: with Jest's each test file would load,
 * and compile, thousands of modules of Nest, TypeORM, MJML and the others anew. What is ours (`src`, `test`) is loaded anew
 * for each file as ever.
 */
module.exports = class SharedPackagesRuntime extends Runtime {
  constructor(...given) {
    super(...given);
    this.ownTypeScript = require.extensions['.ts'];
    // A package that loads what is ours by its path (TypeORM the entities) is given what the tests have.
    require.extensions['.ts'] = (module, filename) => {
      delete require.cache[filename];
      module.exports = this.requireModule(filename);
    };
    const [{ rootDir }] = given;
    this.requirePackage = createRequire(path.join(rootDir, 'package.json'));
    // In the realm of the process: see `one-realm-environment.cjs`.
    this.executor.compile = (source, filename) => compiled(source, this.executor.injectedModuleParameters, filename);
  }

  requireModule(from, name, options, ...more) {
    const isPackage = name !== undefined && !options?.isInternalModule && /^(@[^/]+\/)?[\w][^:]*$/.test(name);
    if (isPackage && !isBuiltin(name)) return this.requirePackage(name);
    return super.requireModule(from, name, options, ...more);
  }

  teardown() {
    this.restoreAllMocks();
    if (this.ownTypeScript) require.extensions['.ts'] = this.ownTypeScript;
    else delete require.extensions['.ts'];
    super.teardown();
  }
};
