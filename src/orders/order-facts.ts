import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type FactSource, FactSources } from '../customers/fact-source';
import {
  type FactField,
  type FactReader,
  type FactRequest,
  type FactValue,
  type Reading,
  type SqlReading,
} from '../customers/facts';
import { type Queryable } from '../platform/database/database';
import { countsAsOfSql, netStoreMinor, netStoreMinorSql, refundedAsOfSql } from './order-sql';

/** The present without a window stands ready, kept in the transaction of every change. */
const summary = ({ customer }: SqlReading, expression: string): string =>
  `(select ${expression} from customer_orders co where co.customer_id = ${customer}.id)`;

/**
 * An aggregate over the counting orders `o` of the customer: in the present from what is kept on the order, in history
 * from refunds by their own time.
 */
function overOrders(reading: SqlReading, aggregate: (net: string) => string): string {
  const { customer, history, since, asOf, param } = reading;
  const where = [`o.customer_id = ${customer}.id`];
  let from = 'orders o';
  let net = netStoreMinorSql('o', 'o.refunded_minor');
  if (history) {
    const at = param(asOf, 'timestamptz');
    from += ` ${refundedAsOfSql('o', at)}`;
    where.push(countsAsOfSql('o', at));
    net = netStoreMinorSql('o', 'refund.refunded_minor');
  } else {
    where.push('o.counting');
  }
  if (since) where.push(`o.placed_at >= ${param(since, 'timestamptz')}`);
  return `(select ${aggregate(net)} from ${from} where ${where.join(' and ')})`;
}

const isPresent = (reading: Reading): boolean => !reading.history && reading.since === undefined;

const field = (
  name: string,
  type: FactField['type'],
  about: string,
  stored: string | null,
  aggregate: (net: string) => string,
): FactField => ({
  name,
  type,
  about,
  windowed: true,
  sql: (reading) => (stored !== null && isPresent(reading) ? summary(reading, stored) : overOrders(reading, aggregate)),
});

const orNone = (base: FactField): FactField => ({ ...base, sql: (reading) => `coalesce(${base.sql(reading)}, 0)` });

const FIELDS: readonly FactField[] = [
  orNone(
    field('orders.count', 'number', 'Counting orders; 0 without any.', 'co.count::float8', () => 'count(*)::float8'),
  ),
  orNone(
    field(
      'orders.total',
      'money',
      'What they brought, net of refunds, in the store’s currency; 0 without any.',
      'co.total_minor::float8',
      (net) => `sum(${net})::float8`,
    ),
  ),
  field(
    'orders.averageValue',
    'money',
    '`orders.total` / `orders.count`; missing without an order.',
    'co.total_minor::float8 / nullif(co.count, 0)',
    (net) => `coalesce(sum(${net}), 0)::float8 / nullif(count(*), 0)`,
  ),
  field(
    'orders.couponShare',
    'number',
    'Share of the counting orders with a coupon, 0 to 1; missing without an order.',
    null,
    () => `(count(*) filter (where cardinality(o.coupon_codes) > 0))::float8 / nullif(count(*), 0)`,
  ),
  field(
    'orders.firstAt',
    'instant',
    'When the first counting order was placed.',
    'co.first_at',
    () => 'min(o.placed_at)',
  ),
  field('orders.lastAt', 'instant', 'When the last counting order was placed.', 'co.last_at', () => 'max(o.placed_at)'),
];

/** Fields that need the orders themselves even in the present. */
const NEVER_STORED = 'orders.couponShare';

interface SummaryRow {
  customerId: string;
  count: number;
  totalMinor: number;
  firstAt: Date | null;
  lastAt: Date | null;
}

interface OrderRow {
  customerId: string;
  placedAt: Date;
  status: string;
  counting: boolean;
  totalMinor: number;
  storeTotalMinor: number | null;
  refundedMinor: number;
  hasCoupon: boolean;
  refunds: Array<{ at: string; minor: number }> | null;
}

/** What was bought: the fields `orders.*`, over counting orders as `definitions.md` has them. */
@Injectable()
export class OrderFacts implements FactSource, OnModuleInit {
  readonly name = 'orders';
  readonly fields = FIELDS;

  constructor(private readonly sources: FactSources) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async load(db: Queryable, request: FactRequest): Promise<Map<string, FactReader>> {
    const needsOrders = request.history || request.windowed.size > 0 || request.fields.has(NEVER_STORED);
    const stored = request.history ? new Map<string, SummaryRow>() : await loadSummaries(db, request.customerIds);
    const orders = needsOrders ? await loadOrders(db, request) : new Map<string, OrderRow[]>();
    return new Map(
      request.customerIds.map((id) => [
        id,
        {
          read: (name, reading) => {
            const present = isPresent(reading) && name !== NEVER_STORED;
            return present ? fromSummary(stored.get(id), name) : fromOrders(orders.get(id) ?? [], name, reading);
          },
        },
      ]),
    );
  }
}

async function loadSummaries(db: Queryable, customerIds: readonly string[]): Promise<Map<string, SummaryRow>> {
  const rows = await db.query<SummaryRow>(
    `select customer_id as "customerId", count, total_minor as "totalMinor", first_at as "firstAt", last_at as "lastAt"
     from customer_orders where customer_id = any($1::uuid[])`,
    [customerIds],
  );
  return new Map(rows.map((row) => [row.customerId, row]));
}

async function loadOrders(db: Queryable, { customerIds, history }: FactRequest): Promise<Map<string, OrderRow[]>> {
  const refunds = history
    ? `(select json_agg(json_build_object('at', r.at, 'minor', r.amount_minor)) from refunds r where r.order_id = o.id)`
    : 'null';
  const rows = await db.query<OrderRow>(
    `select o.customer_id as "customerId", o.placed_at as "placedAt", o.status, o.counting,
       o.total_minor as "totalMinor", o.store_total_minor as "storeTotalMinor", o.refunded_minor as "refundedMinor",
       cardinality(o.coupon_codes) > 0 as "hasCoupon", ${refunds} as refunds
     from orders o where o.customer_id = any($1::uuid[])`,
    [customerIds],
  );
  const byCustomer = new Map<string, OrderRow[]>();
  for (const row of rows) {
    const known = byCustomer.get(row.customerId);
    if (known) known.push(row);
    else byCustomer.set(row.customerId, [row]);
  }
  return byCustomer;
}

function fromSummary(row: SummaryRow | undefined, name: string): FactValue {
  const { count, totalMinor, firstAt, lastAt } = row ?? { count: 0, totalMinor: 0, firstAt: null, lastAt: null };
  switch (name) {
    case 'orders.count':
      return count;
    case 'orders.total':
      return totalMinor;
    case 'orders.averageValue':
      return count > 0 ? totalMinor / count : null;
    case 'orders.firstAt':
      return firstAt;
    case 'orders.lastAt':
      return lastAt;
    default:
      return null;
  }
}

function fromOrders(rows: readonly OrderRow[], name: string, reading: Reading): FactValue {
  const orders = rows.flatMap((row) => counted(row, reading));
  const total = orders.reduce((sum, order) => sum + (netStoreMinor(order) ?? 0), 0);
  const times = orders.map((order) => order.placedAt.getTime());
  switch (name) {
    case 'orders.count':
      return orders.length;
    case 'orders.total':
      return total;
    case 'orders.averageValue':
      return orders.length > 0 ? total / orders.length : null;
    case 'orders.couponShare':
      return orders.length > 0 ? orders.filter((order) => order.hasCoupon).length / orders.length : null;
    case 'orders.firstAt':
      return times.length > 0 ? new Date(Math.min(...times)) : null;
    case 'orders.lastAt':
      return times.length > 0 ? new Date(Math.max(...times)) : null;
    default:
      return null;
  }
}

/** The order as it counted at the time of the reading, or nothing. */
function counted(row: OrderRow, { asOf, history, since }: Reading): OrderRow[] {
  if (since && row.placedAt < since) return [];
  if (!history) return row.counting ? [row] : [];
  if (row.status !== 'paid' || row.placedAt > asOf) return [];
  const refundedMinor = (row.refunds ?? [])
    .filter((refund) => new Date(refund.at) <= asOf)
    .reduce((sum, refund) => sum + refund.minor, 0);
  return row.totalMinor > 0 && refundedMinor >= row.totalMinor ? [] : [{ ...row, refundedMinor }];
}
