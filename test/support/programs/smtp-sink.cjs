// A sink in a process of its own: node smtp-sink.cjs <log file>. Prints its port; the log is the judge of what it took.
const { registerTypeScript } = require('./register-typescript.cjs');
registerTypeScript();
const { startSmtpSink } = require('../smtp-sink.ts');

startSmtpSink({}, { log: process.argv[2], keepOctets: false }).then(({ port }) => process.stdout.write(`${port}\n`));
