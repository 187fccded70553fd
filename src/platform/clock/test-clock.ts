import { Clock } from '../../kernel/clock';
import { type Queryable } from '../database/database';

/**
 * The clock of `TEST_CLOCK`: it stands still between calls; its position is stored and shared by all processes.
 * `now()` answers from memory; drivers of due work and, in test mode, every request refresh it first.
 */
export class TestClock extends Clock {
  private position: Date;

  constructor(start: Date) {
    super();
    this.position = start;
  }

  override now(): Date {
    return new Date(this.position);
  }

  /** At boot: the later of `TEST_CLOCK` and the stored position holds, and is stored. */
  async load(db: Queryable): Promise<void> {
    await this.store(
      db,
      `insert into test_clock (position) values ($1)
       on conflict ("only") do update set position = greatest(test_clock.position, excluded.position)
       returning position`,
    );
  }

  /** Reads where another process may have put it. It never goes back. */
  async refresh(db: Queryable): Promise<void> {
    const [row] = await db.query<{ position: Date }>('select position from test_clock');
    if (row && row.position > this.position) this.position = row.position;
  }

  /** Moves it on, for all processes. An earlier instant leaves it where it is. */
  async moveTo(db: Queryable, to: Date): Promise<void> {
    if (to > this.position) this.position = to;
    await this.load(db);
  }

  private async store(db: Queryable, sql: string): Promise<void> {
    const [row] = await db.query<{ position: Date }>(sql, [this.position]);
    if (row) this.position = row.position;
  }
}
