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
  testEnvironment: '<rootDir>/test/support/one-realm-environment.cjs',
  runtime: '<rootDir>/test/support/shared-packages-runtime.cjs',
  transform: { '^.+\\.[cm]?ts$': swc },
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
