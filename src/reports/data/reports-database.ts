import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TooSlow } from '../../kernel/errors';
import { AppConfig } from '../../platform/config/config';
import { dataSourceOptions } from '../../platform/database/data-source';
import { Database, isTimeUp, type Sql } from '../../platform/database/database';
import { Snapshot } from '../../platform/database/snapshot';
import type { ReplicaAge } from '../reports.types';

/** Connections to the replica: reports are few and heavy. */
const REPLICA_POOL = 4;
/** Heavy statements at a time: what sends mail must get its connections and its processors too. */
const HEAVY_AT_A_TIME = 3;
/**
 * Settings of a transaction for heavy statements. Sums over all orders would be written to disk and read again with the default memory. And lists
 * that are worked out on the way are taken for a row or two by the planner: held against each other row by row they take
 * the square of the time, where a hash takes no more than it must in any case. Reports ask what is heavy side by side: helpers
 * of each statement would only take processors from the others (the funnel took half as long again with them).
 */
export const HEAVY: Sql = {
  text: `select set_config('work_mem', '64MB', true), set_config('enable_nestloop', 'off', true),
    set_config('max_parallel_workers_per_gather', '0', true)`,
};

/**
 * Where reports read: the read replica (`DATABASE_REPLICA_URL`) where there is one, else the database itself. A replica
 * may lag by seconds; the figures are then of that moment, and every report says which it is.
 */
@Injectable()
export class ReportsDatabase implements OnModuleInit, OnApplicationShutdown {
  private readonly replica: DataSource | undefined;
  private readonly reader: Database;
  private heavyNow = 0;
  private readonly waiting: Array<() => void> = [];

  constructor(config: AppConfig, primary: Database) {
    this.replica = config.databaseReplicaUrl
      ? new DataSource({
          ...dataSourceOptions({
            url: config.databaseReplicaUrl,
            poolSize: REPLICA_POOL,
            applicationName: 'ritorno reports',
          }),
          entities: [],
        })
      : undefined;
    this.reader = this.replica ? new Database(this.replica) : primary;
  }

  async onModuleInit(): Promise<void> {
    await this.replica?.initialize();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.replica?.destroy();
  }

  /** How old the data is that {@link query} reads; null when it is the database's own. */
  async replicaAge(): Promise<ReplicaAge | null> {
    if (!this.replica) return null;
    // What is no standby (a logical copy, a second address of the primary) has no such instant.
    const [row] = await this.reader.query<{ through: Date | null }>({
      text: 'select pg_last_xact_replay_timestamp() as through',
    });
    return { changesThrough: row?.through?.toISOString() ?? null };
  }

  /** @throws TooSlow when the statement does not come to its end within its time limit (a minute). */
  query<Row>(sql: Sql): Promise<Row[]> {
    return this.reader.query<Row>(sql).catch(tellTooSlow);
  }

  /** {@link query} for statements over all orders or messages: few at a time, with more memory. */
  async heavy<Row>(sql: Sql): Promise<Row[]> {
    return this.inTurn(() =>
      this.reader.transaction(async (tx) => {
        await tx.query(HEAVY);
        return tx.query<Row>(sql);
      }),
    );
  }

  /** {@link heavy} for a statement with one row and one column of bytes; empty where that is null. */
  async heavyBytes(sql: Sql): Promise<Buffer> {
    return this.snapshot(async (snapshot) => {
      await snapshot.query(HEAVY);
      const rows: Buffer[] = [];
      for await (const row of snapshot.copyOut(sql)) rows.push(row);
      return rows[0] ?? Buffer.alloc(0);
    });
  }

  /** Many statements that all read the database as it was at one instant. In the same queue as {@link heavy}. */
  async snapshot<T>(read: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      const { url, statementTimeoutMs } = this.reader.address;
      const snapshot = await Snapshot.open(url, 'ritorno reports', statementTimeoutMs);
      try {
        return await read(snapshot);
      } finally {
        await snapshot.close();
      }
    });
  }

  private async inTurn<T>(read: () => Promise<T>): Promise<T> {
    if (this.heavyNow >= HEAVY_AT_A_TIME) await new Promise<void>((free) => this.waiting.push(free));
    else this.heavyNow++;
    try {
      return await read();
    } catch (error) {
      return tellTooSlow(error);
    } finally {
      // Who waits takes this place.
      const next = this.waiting.shift();
      if (next) next();
      else this.heavyNow--;
    }
  }
}

const WHAT_HELPS =
  'The report was given up: one of its questions took longer than the database gives it (a minute). Ask for less, by a ' +
  'shorter range, a longer interval, without `by`, or with fewer sections in `include`; ask again when the database has ' +
  'less to do; or let reports read a replica of their own (DATABASE_REPLICA_URL).';

function tellTooSlow(error: unknown): never {
  throw isTimeUp(error) ? new TooSlow(WHAT_HELPS) : error;
}
