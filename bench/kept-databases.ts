import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbedded } from '../src/platform/database/embedded/embedded-postgres';

/** In the project's folder, ignored by git; to be deleted at will. */
const FOLDER = path.join(__dirname, '../../.data/bench');

/** What is older is made anew: rows ask what happened in the last days. */
const KEPT_DAYS = 7;

/** Filling in goes as fast as the machine allows; what is measured later runs on the settings that are shipped. */
const TO_FILL: Record<string, string> = {
  autovacuum: 'off',
  synchronous_commit: 'off',
  max_wal_size: '8GB',
  maintenance_work_mem: '512MB',
  work_mem: '256MB',
};

/** A database that takes long to make. */
export interface Keepable {
  /** A word, also of its name in Postgres. */
  name: string;
  /** Whatever it depends on: another version is made anew. */
  version: string;
  /** Migrates and fills an empty database. */
  make(url: string, madeAt: Date): Promise<void>;
}

export interface Copy {
  url: string;
  /** When the original was made. */
  madeAt: Date;
}

/**
 * Keeps large databases between runs, on a Postgres of its own that starts when the first is asked for. Rows get copies:
 * what they change is dropped in the end.
 */
export class KeptDatabases {
  private postgres: EmbeddedPostgres | undefined;
  private readonly copies: string[] = [];

  /** The original itself, for those who only read; made if it is not there, of another version or too old. */
  async original(wanted: Keepable): Promise<Copy> {
    const madeAt = (await this.madeAt(wanted)) ?? (await this.make(wanted));
    return { url: urlOf(await this.running(), wanted.name), madeAt };
  }

  /** A fresh copy of the original. */
  async copyOf(wanted: Keepable): Promise<Copy> {
    const { madeAt } = await this.original(wanted);
    const name = `copy_${process.pid}_${this.copies.length}`;
    this.copies.push(name);
    const started = Date.now();
    await this.admin((sql) => sql.query(`create database ${name} template ${wanted.name} strategy file_copy`));
    tell(`${wanted.name} of ${madeAt.toISOString()} copied in ${seconds(started)}`);
    return { url: urlOf(await this.running(), name), madeAt };
  }

  async close(): Promise<void> {
    for (const name of this.copies.splice(0)) {
      await this.admin((sql) => sql.query(`drop database if exists ${name} with (force)`));
    }
    await this.postgres?.stop();
    this.postgres = undefined;
  }

  private async running(): Promise<EmbeddedPostgres> {
    return (this.postgres ??= await start({}));
  }

  private async madeAt({ name, version }: Keepable): Promise<Date | undefined> {
    const { rows } = await this.admin((sql) =>
      sql.query<{ said: string | null }>(
        `select shobj_description(oid, 'pg_database') as said from pg_database where datname = $1`,
        [name],
      ),
    );
    const [made, ofVersion] = (rows[0]?.said ?? '').split(' ');
    const at = new Date(made ?? '');
    return ofVersion === version && Date.now() - at.getTime() < KEPT_DAYS * 86_400_000 ? at : undefined;
  }

  /** Under another name until it is whole, so that one cut short is not taken for it. */
  private async make({ name, version, make }: Keepable): Promise<Date> {
    const started = Date.now();
    const madeAt = new Date();
    tell(`${name} is made; it is kept in ${FOLDER}`);
    await this.postgres?.stop();
    this.postgres = await start(TO_FILL);
    await this.admin(async (sql) => {
      const { rows } = await sql.query<{ datname: string }>(
        `select datname from pg_database where datname in ($1, $2) or datname like 'copy\\_%'`,
        [name, `${name}_unfinished`],
      );
      for (const { datname } of rows) await sql.query(`drop database ${datname} with (force)`);
      await sql.query(`create database ${name}_unfinished`);
    });
    await make(urlOf(this.postgres, `${name}_unfinished`), madeAt);
    await this.admin(async (sql) => {
      await sql.query(`comment on database ${name}_unfinished is '${madeAt.toISOString()} ${version}'`);
      await sql.query(`alter database ${name}_unfinished rename to ${name}`);
      await sql.query('checkpoint');
    });
    await this.postgres.stop();
    this.postgres = await start({});
    tell(`${name} made in ${seconds(started)}`);
    return madeAt;
  }

  private async admin<T>(fn: (sql: Client) => Promise<T>): Promise<T> {
    const sql = new Client({ connectionString: (await this.running()).url });
    await sql.connect();
    try {
      return await fn(sql);
    } finally {
      await sql.end();
    }
  }
}

/** The one of a run: its Postgres starts once. */
export const keptDatabases = new KeptDatabases();

function start(settings: Record<string, string>): Promise<EmbeddedPostgres> {
  mkdirSync(FOLDER, { recursive: true });
  // As root the database's own user must get in.
  chmodSync(FOLDER, 0o755);
  return startEmbedded({ dataDir: FOLDER, log: tell, settings });
}

function urlOf(postgres: EmbeddedPostgres, database: string): string {
  const url = new URL(postgres.url);
  url.pathname = `/${database}`;
  return url.href;
}

export function tell(message: string): void {
  process.stderr.write(`${message}\n`);
}

export function seconds(sinceMs: number): string {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
}
