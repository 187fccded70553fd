import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientBase, types as pgTypes } from 'pg';
import { DataSource, MigrationExecutor, type DataSourceOptions, type QueryRunner } from 'typeorm';

/** How to reach one Postgres. */
export interface DataSourceSettings {
  /** `postgres://user:password@host:port/database`. */
  url: string;
  /** Connections at most. Default 20. */
  poolSize?: number;
  /** Shown in pg_stat_activity. Default `ritorno`. */
  applicationName?: string;
  /** Longest time for one statement, in milliseconds; 0 for no limit. Default 60,000. */
  statementTimeoutMs?: number;
}

/** Top of what runs: `dist` when built, the project when a test compiles on the fly. */
const TOP = path.join(__dirname, '../../..');

const TEXT_ARRAY = 1009;

/** The driver's own parser of a type; its declaration knows only some of the type ids. */
const driversParser = pgTypes.getTypeParser as (oid: number, format?: string) => (text: string) => unknown;

/**
 * How values come back from Postgres, for every statement: int8 as a number (and a failure rather than a rounded one),
 * numeric and date as the text that Postgres writes, timestamptz as Date. Arrays likewise.
 */
const PARSERS = new Map<number, (text: string) => unknown>([
  [20, safeInteger],
  [1016, arrayOf(safeInteger)],
  [1082, (text) => text],
  [1182, arrayOf((text) => text)],
  [1700, (text) => text],
  [1231, arrayOf((text) => text)],
]);

export const postgresTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : PARSERS.get(oid)) ?? driversParser(oid, format),
};

/** An arbitrary constant: the advisory lock under which migrations run. */
const MIGRATION_LOCK = 7_264_117_003;

/**
 * Options of the service's DataSource: entities by glob of `src/<module>/data/*.entity`, no schema synchronisation.
 *
 * A transaction whose process sleeps or hangs is ended after a minute, so that a frozen worker does not hold its row
 * locks against the others.
 */
export function dataSourceOptions(settings: DataSourceSettings): DataSourceOptions {
  return {
    type: 'postgres',
    url: settings.url,
    entities: [path.join(TOP, 'src/*/data/*.entity.{js,ts}')],
    synchronize: false,
    installExtensions: false,
    logging: false,
    poolSize: settings.poolSize ?? 20,
    connectTimeoutMS: 10_000,
    applicationName: settings.applicationName ?? 'ritorno',
    extra: {
      types: postgresTypes,
      keepAlive: true,
      // A transaction's statements may be sent before those ahead of them are answered.
      pipeline: true,
      onConnect: outliveItsEnd,
      statement_timeout: settings.statementTimeoutMs ?? 60_000,
      idle_in_transaction_session_timeout: 60_000,
    },
  };
}

const TURN_MS = 200;

/**
 * Waits by asking again: a session that waits inside a statement would itself be waited for by an index that another one
 * builds concurrently, and Postgres would end one of them.
 */
async function takeTurn(runner: QueryRunner): Promise<void> {
  for (;;) {
    const [row] = (await runner.query('select pg_try_advisory_lock($1) as mine', [MIGRATION_LOCK])) as [
      { mine: boolean },
    ];
    if (row.mine) return;
    await sleep(TURN_MS);
  }
}

/**
 * Between the pool and a query runner a connection is nobody's for a moment, and its end would then be the end of the
 * process: seen where the server's goodbye came in one packet with its welcome. Whoever uses it next is told.
 */
function outliveItsEnd(client: ClientBase): void {
  client.on('error', () => undefined);
}

/**
 * Brings the schema of the database up to date and returns the names of the migrations that were run. Any number of
 * processes may call it at once: they queue on an advisory lock, and the later ones find nothing left to do.
 *
 * Each migration is a transaction of its own, unless it says `transaction = false`.
 */
export async function runMigrations(url: string): Promise<string[]> {
  const source = new DataSource({
    ...dataSourceOptions({ url, poolSize: 2, applicationName: 'ritorno-migrations', statementTimeoutMs: 0 }),
    entities: [],
    migrations: [path.join(TOP, 'migrations/*.{js,ts}')],
    migrationsTableName: 'schema_migrations',
  });
  await source.initialize();
  const runner = source.createQueryRunner();
  try {
    await takeTurn(runner);
    const executor = new MigrationExecutor(source, runner);
    executor.transaction = 'each';
    return (await executor.executePendingMigrations()).map((migration) => migration.name);
  } finally {
    // The lock belongs to the session, which ends here.
    await runner.release();
    await source.destroy();
  }
}

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`the integer ${text} is beyond what JavaScript can hold`);
}

/** Arrays as Postgres writes them, through the driver's own splitter for text arrays. */
function arrayOf(parse: (text: string) => unknown): (text: string) => unknown {
  const split = driversParser(TEXT_ARRAY) as (text: string) => Array<string | null>;
  return (text) => split(text).map((item) => (item === null ? null : parse(item)));
}
