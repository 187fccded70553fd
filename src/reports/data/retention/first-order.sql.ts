import { type Sql } from '../../../platform/database/database';

/** When the first order was placed that was ever paid; null without one. */
export function firstOrderAt(asOf: Date): Sql {
  return {
    text: `select min(placed_at) as at from orders where status = 'paid' and customer_id is not null and placed_at <= $1`,
    values: [asOf],
  };
}
