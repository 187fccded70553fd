import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { Database, type Queryable, type Tx } from '../database/database';

/** Settings that are changed at run time, one JSON value a key. What a value may be is its owner's business. */
@Injectable()
export class SettingsStore {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async get<T>(key: string, db: Queryable = this.database): Promise<T | undefined> {
    const [row] = await db.query<{ value: T }>('select value from settings where key = $1', [key]);
    return row?.value;
  }

  async put(tx: Tx, key: string, value: unknown): Promise<void> {
    await tx.execute(
      `insert into settings (key, value, updated_at) values ($1, $2, $3)
       on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`,
      [key, JSON.stringify(value), this.clock.now()],
    );
  }
}
