import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppConfig } from '../../platform/config/config';
import { dataSourceOptions } from '../../platform/database/data-source';
import { Database, type Sql } from '../../platform/database/database';
import type { ReplicaAge } from '../reports.types';

/** Connections to the replica: reports are few and heavy. */
const REPLICA_POOL = 4;

/**
 * Where reports read: the read replica (`DATABASE_REPLICA_URL`) where there is one, else the database itself. A replica
 * may lag by seconds; the figures are then of that moment, and every report says which it is.
 */
@Injectable()
export class ReportsDatabase implements OnModuleInit, OnApplicationShutdown {
  private readonly replica: DataSource | undefined;
  private readonly reader: Database;

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

  query<Row>(sql: Sql): Promise<Row[]> {
    return this.reader.query<Row>(sql);
  }
}
