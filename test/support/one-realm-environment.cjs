const { TestEnvironment } = require('jest-environment-node');

/** The global object and `process` as they are now; the function that it returns sets both back to that. */
function remember(...objects) {
  const before = objects.map((object) => [object, Object.getOwnPropertyDescriptors(object)]);
  const environment = { ...process.env };
  const options = [...process.execArgv];
  return () => {
    for (const [object, properties] of before) {
      for (const name of Reflect.ownKeys(object)) if (!(name in properties)) Reflect.deleteProperty(object, name);
      for (const name of Reflect.ownKeys(properties)) {
        const [now, then] = [Object.getOwnPropertyDescriptor(object, name), properties[name]];
        if (now?.value !== then.value || now?.get !== then.get) Reflect.defineProperty(object, name, then);
      }
    }
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
    process.execArgv.splice(0, Infinity, ...options);
  };
}

/**
 * The tests of a file run in the realm of the process, not in one of their own: what the packages make, which are shared
 * among the files (see `shared-packages-runtime.cjs`), is then an `Error`, a `Date`, a `Buffer` for the tests as well.
 * What a file leaves in the global object is taken away behind it.
 */
module.exports = class OneRealmEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.setBack = remember(globalThis, process);
    this.global = globalThis;
    this.moduleMocker = new this.moduleMocker.constructor(globalThis);
    this.fakeTimersModern = new this.fakeTimersModern.constructor({ config: config.projectConfig, global: globalThis });
    this.fakeTimers = null;
  }

  async teardown() {
    await super.teardown();
    this.setBack();
  }
};
