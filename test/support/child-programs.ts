import path from 'node:path';

const PRELOAD = path.join(__dirname, 'programs/preload-typescript.cjs');

/**
 * Lets processes that the service forks run our TypeScript, as the service itself does under test: they are started with
 * the flags of this process.
 */
export function compileChildProcesses(): void {
  if (!process.execArgv.includes(PRELOAD)) process.execArgv.push('--require', PRELOAD);
}
