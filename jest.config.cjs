const { readdirSync, readFileSync } = require('node:fs');
const path = require('node:path');

/**
 * Packages that are ES modules: Jest on Node before 24.9 cannot load them, so they are compiled like our own code.
 * Read from what is installed, so that an update cannot forget one.
 */
function esModules(root) {
  const names = readdirSync(root).flatMap((name) =>
    name.startsWith('@') ? readdirSync(path.join(root, name)).map((inner) => `${name}/${inner}`) : [name],
  );
  return names.filter((name) => {
    try {
      return JSON.parse(readFileSync(path.join(root, name, 'package.json'), 'utf8')).type === 'module';
    } catch {
      return false;
    }
  });
}

const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
      keepClassNames: true,
    },
    module: { type: 'commonjs', ignoreDynamic: false },
    sourceMaps: 'inline',
  },
];

const shared = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: { '^.+\\.[cm]?[jt]s$': swc },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules(path.join(__dirname, 'node_modules')).join('|')})/)`],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1', '$1.js'] },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  setupFiles: ['<rootDir>/test/support/property-seed.ts', '<rootDir>/test/support/typescript-threads.cjs'],
  clearMocks: true,
};

const tier = (name, more) => ({
  ...shared,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.spec.ts`],
  ...more,
});

/** One Postgres for the whole run; each test file clones its own database from a migrated template. */
const withDatabase = {
  globalSetup: '<rootDir>/test/support/jest-global-setup.ts',
  globalTeardown: '<rootDir>/test/support/jest-global-teardown.ts',
};

module.exports = {
  testTimeout: 120_000,
  // One more than a small machine has processors: where processes come and go the time passes in waiting. And a fresh
  // process when one has grown: each file loads the service anew.
  maxWorkers: 3,
  workerIdleMemoryLimit: '768MB',
  testSequencer: '<rootDir>/test/support/longest-first.cjs',
  projects: [
    tier('unit'),
    tier('architecture'),
    tier('integration', withDatabase),
    tier('e2e', withDatabase),
    tier('faults', withDatabase),
  ],
};
