// Starts the embedded database on the folder given, prints its address and stays, to be killed.
const { registerTypeScript } = require('./register-typescript.cjs');
registerTypeScript();
const { startEmbedded } = require('../../../src/platform/database/embedded/embedded-postgres.ts');

startEmbedded({ dataDir: process.argv[2], log: () => undefined, durable: false }).then(({ url }) => {
  process.stdout.write(`${url}\n`);
  setInterval(() => undefined, 60_000);
});
