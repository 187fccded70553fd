import { chownSync, readFileSync } from 'node:fs';

/** The unix user that the server runs as when we are root. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

const CANDIDATES = ['postgres', 'nobody'];

/**
 * Postgres refuses to run as root, so as root we pick `postgres`, else `nobody`. Undefined: run it as ourselves.
 */
export function accountForPostgres(passwd = '/etc/passwd'): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = new Map(
    readFileSync(passwd, 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name = '', , uid, gid]): [string, Account] => [name, { name, uid: Number(uid), gid: Number(gid) }]),
  );
  for (const name of CANDIDATES) {
    const user = users.get(name);
    if (user) return user;
  }
  throw new Error(
    `Postgres does not run as root and this machine has no user ${CANDIDATES.join(' or ')}: make one, run the service ` +
      `as a normal user, or set DATABASE_URL`,
  );
}

/** Hands a file or folder of ours to the account. */
export function give(file: string, account: Account | undefined): void {
  if (account) chownSync(file, account.uid, account.gid);
}
