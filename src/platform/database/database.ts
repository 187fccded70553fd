import { Injectable } from '@nestjs/common';
import { type ClientBase } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';

/** A statement ready to run: text with $1... and its values. Hot ones live in `*.sql.ts` files. */
export interface Sql {
  text: string;
  values?: readonly unknown[];
  /**
   * Prepares the statement once a connection under this name (unique per text). For the few statements that run all the
   * time and whose planning costs more than their work: the send ledger's takes 1.5 ms to plan and as long to run.
   */
  name?: string;
}

/** What can run statements: the database itself (each its own transaction) or a transaction. */
export interface Queryable {
  /** Runs one statement and returns its rows (for `insert/update/delete` those of `returning`). */
  query<Row>(sql: Sql | string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs one statement and returns how many rows it touched. */
  execute(sql: Sql | string, values?: readonly unknown[]): Promise<number>;
}

/** An open transaction, passed on to everything that takes part in it. `manager` is for the entities in `data/`. */
export interface Tx extends Queryable {
  readonly manager: EntityManager;
  /**
   * Hands a write over without waiting for it, so that Node prepares what comes next while Postgres writes. Whatever
   * follows in the transaction runs after it; if it fails, the next statement (or the commit) fails with its error.
   */
  post(sql: Sql): void;
  /** Runs `fn` once this transaction has committed (and never if it does not). */
  afterCommit(fn: () => void): void;
}

/** Serialisation failure, deadlock, lock not available: the transaction may simply be run again. */
const RETRYABLE = new Set(['40001', '40P01', '55P03']);
const ATTEMPTS = 5;

/**
 * The one door to Postgres. All transactions go through {@link transaction}; query runners are used nowhere else.
 */
@Injectable()
export class Database implements Queryable {
  constructor(private readonly source: DataSource) {}

  get manager(): EntityManager {
    return this.source.manager;
  }

  async query<Row>(sql: Sql | string, values?: readonly unknown[]): Promise<Row[]> {
    const runner = this.source.createQueryRunner();
    try {
      return await run<Row>(runner, sql, values);
    } finally {
      await runner.release();
    }
  }

  async execute(sql: Sql | string, values?: readonly unknown[]): Promise<number> {
    const runner = this.source.createQueryRunner();
    try {
      return await affected(runner, sql, values);
    } finally {
      await runner.release();
    }
  }

  /**
   * Runs `fn` in a transaction and commits it. Serialisation failures and deadlocks run it again, up to five times in
   * all, so `fn` must not have effects outside the transaction (use `tx.afterCommit`).
   */
  async transaction<T>(fn: (tx: Tx) => Promise<T>): Promise<T> {
    return this.run(fn, (runner) => runner.commitTransaction());
  }

  /**
   * Runs `fn` in a transaction and takes it back: what would come of it, and what would be refused, without anything of
   * it staying. `tx.afterCommit` hooks never run. It holds the locks that `fn` takes, so `fn` should be short.
   */
  async rehearse<T>(fn: (tx: Tx) => Promise<T>): Promise<T> {
    return this.run(fn, (runner, hooks) => {
      hooks.length = 0;
      return runner.rollbackTransaction();
    });
  }

  private async run<T>(
    fn: (tx: Tx) => Promise<T>,
    end: (runner: QueryRunner, hooks: Array<() => void>) => Promise<void>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const hooks: Array<() => void> = [];
      const runner = this.source.createQueryRunner();
      const tx = new RunnerTx(runner, hooks);
      try {
        await runner.startTransaction();
        const result = await fn(tx);
        await tx.written();
        await end(runner, hooks);
        for (const hook of hooks) hook();
        return result;
      } catch (error) {
        await tx.written().catch(() => undefined);
        if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
        if (attempt >= ATTEMPTS || !RETRYABLE.has(sqlState(error))) throw error;
      } finally {
        await runner.release();
      }
    }
  }
}

class RunnerTx implements Tx {
  /** What was posted, one after the other; rejects with the first failure. */
  private posted: Promise<unknown> | undefined;

  constructor(
    private readonly runner: QueryRunner,
    private readonly hooks: Array<() => void>,
  ) {}
  get manager(): EntityManager {
    return this.runner.manager;
  }
  async query<Row>(sql: Sql | string, values?: readonly unknown[]): Promise<Row[]> {
    if (this.posted) await this.posted;
    return run<Row>(this.runner, sql, values);
  }
  async execute(sql: Sql | string, values?: readonly unknown[]): Promise<number> {
    if (this.posted) await this.posted;
    return affected(this.runner, sql, values);
  }
  post(sql: Sql): void {
    const before = this.posted;
    this.posted = before ? before.then(() => affected(this.runner, sql)) : affected(this.runner, sql);
    // Told to whoever comes next; nobody may come before it has failed.
    this.posted.catch(() => undefined);
  }
  /** Waits for all that was posted. */
  async written(): Promise<void> {
    await this.posted;
  }
  afterCommit(fn: () => void): void {
    this.hooks.push(fn);
  }
}

/** The SQLSTATE of a driver error, or an empty string. */
export function sqlState(error: unknown): string {
  const code =
    (error as { driverError?: { code?: unknown }; code?: unknown } | null)?.driverError?.code ??
    (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

async function structured(runner: QueryRunner, sql: Sql | string, values?: readonly unknown[]): Promise<Structured> {
  if (typeof sql !== 'string' && sql.name !== undefined) return prepared(runner, sql, sql.name);
  const text = typeof sql === 'string' ? sql : sql.text;
  const bound = values ?? (typeof sql === 'string' ? undefined : sql.values) ?? [];
  return runner.query(text, bound as unknown[], true);
}

interface Structured {
  records?: unknown[];
  affected?: number | null;
}

/** The query runner knows no prepared statements; the driver's connection behind it does. */
async function prepared(runner: QueryRunner, { text, values = [] }: Sql, name: string): Promise<Structured> {
  const client = (await runner.connect()) as ClientBase;
  const result = await client.query<Record<string, unknown>>({ name, text, values: [...values] });
  return { records: result.rows, affected: result.rowCount };
}

async function run<Row>(runner: QueryRunner, sql: Sql | string, values?: readonly unknown[]): Promise<Row[]> {
  const result = await structured(runner, sql, values);
  return (result.records ?? []) as Row[];
}

async function affected(runner: QueryRunner, sql: Sql | string, values?: readonly unknown[]): Promise<number> {
  const result = await structured(runner, sql, values);
  return result.affected ?? result.records?.length ?? 0;
}
