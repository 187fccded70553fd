#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import { clientEnvironment } from '../platform/config/client-environment';
import { Api, ApiRefusal, NotReached } from './api';
import { runAudit } from './audit';
import { runCommand, Stopped } from './commands';
import { coloured, plain } from './domain/paint';
import { onItsDatabase } from './its-database';
import { readOptions, USAGE } from './options';
import { runVerifyArms } from './verify-arms';
import { runVerifyAuditLog } from './verify-audit-log';

/** Commands that only look at a database. */
const LOOKS = { audit: runAudit, 'verify-arms': runVerifyArms, 'verify-audit-log': runVerifyAuditLog };

/** `ritorno plan|apply|export <folder>`: a shop's content as files, over the API; and what only looks. Answers the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const environment = clientEnvironment();
  const options = readOptions(words, environment);
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if ('wrong' in options) {
    process.stderr.write(`ritorno: ${options.wrong}\n\n${USAGE}`);
    return 1;
  }
  try {
    const say = (text: string): void => void process.stdout.write(text);
    if (!('folder' in options)) return await onItsDatabase(options, (look) => LOOKS[look.command](look, say));
    return await runCommand(options, {
      api: new Api(options.url, options.key),
      paint: process.stdout.isTTY && !environment.noColour ? coloured : plain,
      say,
      ask: process.stdin.isTTY ? ask : undefined,
    });
  } catch (error) {
    if (!(error instanceof Stopped || error instanceof ApiRefusal || error instanceof NotReached)) throw error;
    const faults = error instanceof NotReached ? [] : error.faults;
    if (options.json) process.stdout.write(`${JSON.stringify({ error: firstLine(error.message), faults }, null, 2)}\n`);
    else process.stderr.write(faults.length > 0 ? error.message : `ritorno: ${error.message}\n`);
    return 1;
  }
}

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    // Whoever closes the input (Ctrl-D) has said nothing.
    const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    return await Promise.race([terminal.question(question), closed]);
  } finally {
    terminal.close();
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
