import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/platform/database/data-source';
import { Database } from '../../src/platform/database/database';
import { administer, testServer, urlOf } from './test-server';

/** A migrated, empty database of a test file's own. */
export interface TestDatabase {
  url: string;
  dataSource: DataSource;
  database: Database;
  /** Drops it; fails when a connection was taken from the pool and never given back. */
  close(): Promise<void>;
}

/** Clones the run's template. Call it in `beforeAll`, and `close()` in `afterAll`. */
export async function createTestDatabase(options: { poolSize?: number } = {}): Promise<TestDatabase> {
  const { adminUrl, template } = testServer();
  const name = `ritorno_test_${randomBytes(8).toString('hex')}`;
  await administer(adminUrl, (client) =>
    client.query(`create database ${name} template ${template} strategy file_copy`),
  );
  const url = urlOf(adminUrl, name);
  const dataSource = new DataSource(dataSourceOptions({ url, poolSize: options.poolSize ?? 10 }));
  await dataSource.initialize();
  return {
    url,
    dataSource,
    database: new Database(dataSource),
    close: async () => {
      const held = heldConnections(dataSource);
      await dataSource.destroy();
      await administer(adminUrl, (client) => client.query(`drop database ${name} with (force)`));
      if (held > 0) throw new Error(`${held} connections were never given back to the pool`);
    },
  };
}

function heldConnections(dataSource: DataSource): number {
  const pool = (dataSource.driver as unknown as { master: { totalCount: number; idleCount: number } }).master;
  return pool.totalCount - pool.idleCount;
}
