import path from 'node:path';
import { parseArgs } from 'node:util';
import { type ClientEnvironment } from '../platform/config/client-environment';

const COMMANDS = ['plan', 'apply', 'export'] as const;
type Command = (typeof COMMANDS)[number];

export interface Options {
  command: Command;
  folder: string;
  url: string;
  key: string;
  json: boolean;
  yes: boolean;
  prune: boolean;
  exitCode: boolean;
}

/** `ritorno audit`, `verify-arms` and `verify-audit-log`: they read the database itself, so that they serve for a restored backup and while the service is down. */
export interface AuditOptions {
  command: 'audit' | 'verify-arms' | 'verify-audit-log';
  database: string;
  json: boolean;
  /** `verify-audit-log`: a head of the chain that was kept elsewhere. */
  head?: { position: number; hash: string };
}

/** As they are said: without a database the embedded one in `dataDir` is meant. */
export interface LookOptions extends Omit<AuditOptions, 'database'> {
  database: string | undefined;
  dataDir: string;
}

export const USAGE = `Usage: ritorno plan|apply|export <folder> [options]
       ritorno audit|verify-arms [--database <url>] [--json]
       ritorno verify-audit-log [--database <url>] [--head <position>:<hash>] [--json]

  plan <folder>     print what applying the files would change, and whom it concerns
  apply <folder>    make the shop what the files say, all of it or nothing
  export <folder>   write the shop's surveys, segments, templates and campaigns as files
  audit             prove over the whole database that no key has two accepted mails and that every due
                    step is accounted for; changes nothing
  verify-arms       recompute every stored arm (holdouts, splits, global holdout) from its salt and name those that
                    are not what it gives; changes nothing
  verify-audit-log  prove that no line of the audit log was changed, removed or put in, or name the first

  --url <url>       the service; else RITORNO_URL, else http://127.0.0.1:3000
  --key <key>       an API key (admin or marketer); else RITORNO_API_KEY
  --prune           plan, apply: what is missing from the files is deleted or archived
                    export: files of what is missing from the shop are deleted
  --yes             apply without asking
  --exit-code       plan: end with 2 where there are changes
  --database <url>  audit, verify-arms, verify-audit-log: the database; else DATABASE_URL, else the embedded one under
                    DATA_DIR (.data), whether the service runs or not
  --head <p>:<hash> verify-audit-log: where the chain ended when it was kept (GET /api/v1/audit-log/head)
  --json            print the plan, the faults, or what the audit found, as JSON

Ends with 0; with 1 when something was at fault, and then nothing was changed; audit and verify-audit-log end with 2 when
they have found something, verify-arms with 1.
`;

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** Reads the words of the command line. `help`: print the usage. Text: what is wrong with them. */
export function readOptions(
  words: readonly string[],
  environment: ClientEnvironment,
): Options | LookOptions | 'help' | { wrong: string } {
  const read = parsed(words);
  if (typeof read === 'string') return { wrong: read };
  const { values, positionals } = read;
  if (values.help === true || positionals[0] === 'help') return 'help';
  const [command, folder, ...more] = positionals;
  if (command === undefined) return { wrong: 'say plan, apply, export, audit, verify-arms or verify-audit-log' };
  if (command === 'audit' || command === 'verify-arms' || command === 'verify-audit-log')
    return databaseOptions(
      command,
      values,
      [folder, ...more].filter((word) => word !== undefined),
      environment,
    );
  if (!(COMMANDS as readonly string[]).includes(command)) return { wrong: `${command} is no command` };
  if (folder === undefined) return { wrong: `say the folder: ritorno ${command} <folder>` };
  if (more.length > 0) return { wrong: `${more.join(' ')} is too much: one folder at a time` };
  const url = (values.url ?? environment.url ?? DEFAULT_URL).replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/.test(url)) return { wrong: `${url} is no address of a service (http:// or https://)` };
  const key = values.key ?? environment.apiKey;
  if (key === undefined) return { wrong: 'an API key is needed: set RITORNO_API_KEY, or say --key' };
  if (/[^\x21-\x7e]/.test(key)) return { wrong: 'the API key has characters that no key has' };
  const { json = false, yes = false, prune = false, 'exit-code': exitCode = false } = values;
  if (json && !yes && command === 'apply') return { wrong: 'apply --json cannot ask: say --yes too' };
  return { command: command as Command, folder, url, key, json, yes, prune, exitCode };
}

function databaseOptions(
  command: AuditOptions['command'],
  { database, head, json = false }: { database?: string; head?: string; json?: boolean },
  words: readonly string[],
  environment: ClientEnvironment,
): LookOptions | { wrong: string } {
  if (words.length > 0) return { wrong: `${words.join(' ')} is too much: ${command} takes no folder` };
  const url = database ?? environment.databaseUrl;
  if (url !== undefined && !/^postgres(ql)?:\/\//.test(url))
    return { wrong: 'the database is named as postgres://...' };
  const look = { command, database: url, dataDir: path.resolve(environment.dataDir ?? '.data'), json };
  if (head === undefined || command !== 'verify-audit-log') return look;
  const [, position, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(head) ?? [];
  if (position === undefined || hash === undefined) return { wrong: 'the head is named as <position>:<64 hex digits>' };
  return { ...look, head: { position: Number(position), hash } };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        key: { type: 'string' },
        database: { type: 'string' },
        head: { type: 'string' },
        json: { type: 'boolean' },
        yes: { type: 'boolean', short: 'y' },
        prune: { type: 'boolean' },
        'exit-code': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return (error as Error).message;
  }
}
