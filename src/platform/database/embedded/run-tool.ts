import { spawn } from 'node:child_process';
import type { Account } from './account';

/**
 * Environment of everything that we start here: nothing of ours (it holds secrets), and no locale or zone of the
 * machine's.
 */
export const TOOL_ENV = { LC_ALL: 'C', TZ: 'UTC' };

/**
 * Runs one of the tools as the account and returns what it wrote to its standard output.
 *
 * @throws Error with what the tool said when it fails.
 */
export function runTool(file: string, args: string[], account: Account | undefined, cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const as = account && { uid: account.uid, gid: account.gid };
    const child = spawn(file, args, { ...as, cwd, env: TOOL_ENV, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', (error) => reject(new Error(`${file} could not be run: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(said);
      else reject(new Error(`${file} failed (${signal ?? String(code)}): ${`${errors}\n${said}`.trim().slice(-2000)}`));
    });
  });
}
