import { Injectable } from '@nestjs/common';
import { type ClientBase } from 'pg';
import { DataSource, type EntityManager, QueryFailedError, type QueryRunner } from 'typeorm';

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

  /** Where it is, for who needs a connection of their own, and how long a statement may take (undefined: as long as it takes). */
  get address(): { url: string; statementTimeoutMs: number | undefined } {
    const { url, extra } = this.source.options as { url?: string; extra?: { statement_timeout?: number } };
    if (url === undefined) throw new Error('the database has no address');
    return { url, statementTimeoutMs: extra?.statement_timeout };
  }

  async query<Row>(sql: Sql | string, values?: readonly unknown[]): Promise<Row[]> {
    return rowsOf<Row>(await this.alone(sql, values));
  }

  async execute(sql: Sql | string, values?: readonly unknown[]): Promise<number> {
    return countOf(await this.alone(sql, values));
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

  private async alone(sql: Sql | string, values?: readonly unknown[]): Promise<Answer> {
    const runner = this.source.createQueryRunner();
    try {
      return await send(await clientOf(runner), sql, values);
    } finally {
      await runner.release();
    }
  }

  private async run<T>(
    fn: (tx: Tx) => Promise<T>,
    end: (runner: QueryRunner, hooks: Array<() => void>) => Promise<void>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const hooks: Array<() => void> = [];
      const runner = this.source.createQueryRunner();
      let tx: RunnerTx | undefined;
      try {
        tx = new RunnerTx(runner, await clientOf(runner), hooks);
        await runner.startTransaction();
        const result = await fn(tx);
        await tx.written();
        await end(runner, hooks);
        for (const hook of hooks) hook();
        return result;
      } catch (error) {
        await tx?.written().catch(() => undefined);
        if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
        if (attempt >= ATTEMPTS || !RETRYABLE.has(sqlState(error))) throw error;
      } finally {
        await runner.release();
      }
    }
  }
}

/**
 * Statements go out at once, one behind the other: Postgres begins the next as soon as it has done with the last, however
 * busy Node is. What follows a failed one in the transaction fails by itself and is told the first failure.
 */
class RunnerTx implements Tx {
  /** What was posted; rejects with the first failure. */
  private posted: Promise<unknown> | undefined;

  constructor(
    private readonly runner: QueryRunner,
    private readonly client: ClientBase,
    private readonly hooks: Array<() => void>,
  ) {}
  get manager(): EntityManager {
    return this.runner.manager;
  }
  async query<Row>(sql: Sql | string, values?: readonly unknown[]): Promise<Row[]> {
    return rowsOf<Row>(await this.inTurn(sql, values));
  }
  async execute(sql: Sql | string, values?: readonly unknown[]): Promise<number> {
    return countOf(await this.inTurn(sql, values));
  }
  post(sql: Sql): void {
    const sent = send(this.client, sql);
    // Told to whoever comes next; nobody may come before it has failed.
    sent.catch(() => undefined);
    this.posted = this.posted ? this.posted.then(() => sent) : sent;
    this.posted.catch(() => undefined);
  }
  /** Waits for all that was posted. A failure is told once: whoever hears it may go back to a savepoint. */
  async written(): Promise<void> {
    const { posted } = this;
    try {
      await posted;
    } finally {
      if (this.posted === posted) this.posted = undefined;
    }
  }
  afterCommit(fn: () => void): void {
    this.hooks.push(fn);
  }
  private async inTurn(sql: Sql | string, values?: readonly unknown[]): Promise<Answer> {
    const sent = send(this.client, sql, values);
    if (!this.posted) return sent;
    sent.catch(() => undefined);
    await this.written();
    return sent;
  }
}

/** The SQLSTATE of a driver error, or an empty string. */
export function sqlState(error: unknown): string {
  const code =
    (error as { driverError?: { code?: unknown }; code?: unknown } | null)?.driverError?.code ??
    (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

/** Whether Postgres gave a statement up for its time limit. */
export function isTimeUp(error: unknown): boolean {
  return sqlState(error) === '57014';
}

/** The driver's connection behind a query runner. */
async function clientOf(runner: QueryRunner): Promise<ClientBase> {
  return (await runner.connect()) as ClientBase;
}

/** Sends a statement in the moment of the call: a query runner would first take turns of its own, and two could cross. */
async function send(client: ClientBase, sql: Sql | string, values?: readonly unknown[]): Promise<Answer> {
  const { text, name, values: own }: Sql = typeof sql === 'string' ? { text: sql } : sql;
  const bound = [...(values ?? own ?? [])];
  try {
    return await client.query(name === undefined ? { text, values: bound } : { name, text, values: bound });
  } catch (error) {
    throw new QueryFailedError(text, bound, error as Error);
  }
}

/** What the driver answers; several statements in one text (no values) are answered with a list, of which nothing is read. */
interface Answer {
  rows?: unknown[];
  rowCount?: number | null;
}

const rowsOf = <Row>({ rows = [] }: Answer): Row[] => rows as Row[];
const countOf = ({ rowCount, rows = [] }: Answer): number => rowCount ?? rows.length;
