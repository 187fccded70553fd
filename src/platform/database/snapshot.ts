import { Client } from 'pg';
import { postgresTypes } from './data-source';
import { type Sql } from './database';

const AT_ONCE = 1_000;

/** One read-only look at the whole database as it stood at one instant, for commands that read much of it. */
export class Snapshot {
  private constructor(private readonly client: Client) {}

  static async open(url: string, applicationName: string): Promise<Snapshot> {
    const client = new Client({ connectionString: url, application_name: applicationName, types: postgresTypes });
    await client.connect();
    await client.query('begin transaction isolation level repeatable read read only');
    return new Snapshot(client);
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
