const path = require('node:path');

// Threads of the service load its source where a test runs it: they preload what the process says that it preloads.
process.execArgv.push('--require', path.join(__dirname, 'programs/preload-typescript.cjs'));
