import { randomUUID } from 'node:crypto';
import { resolveLocal } from '../../src/kernel/local-time';
import { type Database } from '../../src/platform/database/database';
import { onlineRetailLines } from './reference-data';

/** A paid order without lines. */
export interface LoggedOrder {
  customer: string;
  placedAt: Date;
  origin?: 'shop' | 'renewal';
  totalMinor?: number;
}

/** The orders of the online-retail log, one per invoice, at the local times of London. */
export function onlineRetailOrders(): LoggedOrder[] {
  const byInvoice = new Map<string, LoggedOrder & { thousandths: number }>();
  for (const row of onlineRetailLines()) {
    // Prices have three decimals.
    const amount = Math.round(Number(row.quantity) * Number(row.unit_price) * 1000);
    const known = byInvoice.get(row.invoice ?? '');
    if (known) {
      known.thousandths += amount;
      continue;
    }
    const [date = '', time = ''] = (row.invoice_datetime ?? '').split(' ');
    byInvoice.set(row.invoice ?? '', {
      customer: row.customer_id ?? '',
      placedAt: resolveLocal(date, time, 'Europe/London'),
      thousandths: amount,
    });
  }
  return [...byInvoice.values()].map(({ thousandths, ...order }) => ({
    ...order,
    totalMinor: Math.round(thousandths / 10),
  }));
}

/**
 * Puts customers and their orders into the tables in three statements, as if the shop had reported them at `now`; no
 * summaries, stages or lines. Returns the ids by the customers' names in the log.
 */
export async function loadOrders(
  database: Database,
  orders: readonly LoggedOrder[],
  now: Date,
): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  for (const { customer } of orders) if (!ids.has(customer)) ids.set(customer, randomUUID());
  await database.execute(
    `insert into customers (id, external_id, created_at, recorded_at, updated_at)
     select id, external_id, $3, $3, $3 from unnest($1::uuid[], $2::text[]) as r (id, external_id)`,
    [[...ids.values()], [...ids.keys()], now],
  );
  await database.execute(
    `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, origin, currency,
       total_minor, store_total_minor, counting, recorded_at)
     select id, id::text, customer_id, placed_at, placed_at, 'log', 'paid', origin, 'GBP', total, total, true, $6
     from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::bigint[]) as r (id, customer_id, placed_at, origin, total)`,
    [
      orders.map(() => randomUUID()),
      orders.map((order) => ids.get(order.customer)),
      orders.map((order) => order.placedAt),
      orders.map((order) => order.origin ?? 'shop'),
      orders.map((order) => order.totalMinor ?? 1000),
      now,
    ],
  );
  return ids;
}
