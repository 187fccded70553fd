import { Client } from 'pg';
import { copiedRows } from './copy-out';
import { postgresTypes } from './data-source';
import { type Sql } from './database';

const AT_ONCE = 1_000;
const CONNECT_MS = 10_000;

/** One read-only look at the whole database as it stood at one instant, for what reads much of it. */
export class Snapshot {
  private constructor(private readonly client: Client) {}

  /** On a connection of its own. A statement may take as long as it takes, if there is no limit (milliseconds). */
  static async open(url: string, applicationName: string, statementTimeoutMs?: number): Promise<Snapshot> {
    const client = new Client({
      ...{ connectionString: url, application_name: applicationName, types: postgresTypes },
      ...(statementTimeoutMs === undefined ? {} : { statement_timeout: statementTimeoutMs }),
      connectionTimeoutMillis: CONNECT_MS,
    });
    // Whoever asks next is told that the connection is lost; nobody else needs to be.
    client.on('error', () => undefined);
    await client.connect();
    await client.query('begin transaction isolation level repeatable read read only');
    return new Snapshot(client);
  }

  /** The rows of a statement with one column of bytes, nulls left out. Nothing else may be asked until all are taken. */
  copyOut(sql: Sql): AsyncIterable<Buffer> {
    return copiedRows(this.client, sql);
  }

  async query<Row extends object>(sql: Sql): Promise<Row[]> {
    return (await this.client.query<Row>(sql.text, [...(sql.values ?? [])])).rows;
  }

  /** The rows one by one, however many, with a few in memory at a time. */
  async *stream<Row extends object>(sql: Sql): AsyncGenerator<Row> {
    await this.client.query(`declare rows no scroll cursor for ${sql.text}`, [...(sql.values ?? [])]);
    try {
      for (;;) {
        const { rows } = await this.client.query<Row>(`fetch ${AT_ONCE} from rows`);
        yield* rows;
        if (rows.length < AT_ONCE) return;
      }
    } finally {
      await this.client.query('close rows').catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
