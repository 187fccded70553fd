import { type Queryable } from '../database/database';

/**
 * Postgres channel on which processes tell each other that work has become due: the payload is its name, or empty for any.
 * Who makes one kind of work due all the time names it, for a look at each of the others costs a statement.
 */
export const DUE_CHANNEL = 'ritorno_due';
/** Channel on which the position of the test clock is told. */
export const CLOCK_CHANNEL = 'ritorno_clock';

/**
 * Wakes the live loops of all processes once the transaction has committed. Identical notifications of a transaction
 * are folded by Postgres. A lost one costs a slow poll, never work.
 */
export async function notifyDue(db: Queryable): Promise<void> {
  await db.query(`select pg_notify('${DUE_CHANNEL}', '')`);
}
