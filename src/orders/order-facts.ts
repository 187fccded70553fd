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
import { BOUGHT } from './data/bought';
import {
  countedAtSql,
  everPaidSql,
  netStoreMinor,
  netStoreMinorSql,
  refundedAsOfSql,
  unpaidSinceSql,
} from './order-sql';

/** An aggregate of the counting orders of one customer: SQL over the order `o`, `net` being what it brought after refunds. */
type Aggregate = (net: string) => string;

/**
 * An aggregate over the counting orders `o`: in the present from what is kept on the order, in history from refunds by
 * their own time. The past is looked up customer by customer.
 */
function overOrders(reading: SqlReading, of: Aggregate): string {
  const { customer, history, since, asOf, param, grouped } = reading;
  const window = since ? ` and o.placed_at >= ${param(since, 'timestamptz')}` : '';
  if (history) {
    const at = param(asOf, 'timestamptz');
    return `(select ${of(netStoreMinorSql('o', 'refund.refunded_minor'))} from orders o ${refundedAsOfSql('o', at)}
      where o.customer_id = ${customer}.id and ${countedAtSql('o', at)}${window})`;
  }
  return grouped
    ? grouped({ from: `orders o where o.counting${window}`, customer: 'o.customer_id' }, of(PRESENT_NET))
    : `(select ${of(PRESENT_NET)} from orders o where o.customer_id = ${customer}.id and o.counting${window})`;
}

const PRESENT_NET = netStoreMinorSql('o', 'o.refunded_minor');

const AGGREGATES = {
  count: () => 'count(*)',
  total: (net) => `sum(${net})::bigint`,
  averageValue: (net) => `coalesce(sum(${net}), 0)::float8 / nullif(count(*), 0)`,
  couponShare: () => `(count(*) filter (where cardinality(o.coupon_codes) > 0))::float8 / nullif(count(*), 0)`,
  firstAt: () => 'min(o.placed_at)',
  lastAt: () => 'max(o.placed_at)',
} as const satisfies Record<string, Aggregate>;

/** The present without a window stands ready, kept in the transaction of every change: expressions over that row. */
const STORED: Readonly<Partial<Record<keyof typeof AGGREGATES, (co: string) => string>>> = {
  count: (co) => `${co}.count`,
  total: (co) => `${co}.total_minor`,
  averageValue: (co) => `${co}.total_minor::float8 / nullif(${co}.count, 0)`,
  firstAt: (co) => `${co}.first_at`,
  lastAt: (co) => `${co}.last_at`,
};

function sqlOf(name: keyof typeof AGGREGATES, reading: SqlReading): string {
  const stored = STORED[name];
  if (!stored || reading.history || reading.since) return overOrders(reading, AGGREGATES[name]);
  return reading.join
    ? stored(reading.join('customer_orders'))
    : `(select ${stored('co')} from customer_orders co where co.customer_id = ${reading.customer}.id)`;
}

const field = (
  name: keyof typeof AGGREGATES,
  type: FactField['type'],
  about: string,
  more: Partial<FactField> = {},
): FactField => ({
  name: `orders.${name}`,
  type,
  about,
  windowed: true,
  sql: (reading) => sqlOf(name, reading),
  ...more,
});

const FIELDS: readonly FactField[] = [
  field('count', 'number', 'Counting orders; 0 without any.', { whenNone: 0, integral: true }),
  field('total', 'money', 'What they brought, net of refunds, in the store’s currency; 0 without any.', {
    whenNone: 0,
    integral: true,
  }),
  field('averageValue', 'money', '`orders.total` / `orders.count`; missing without an order.'),
  field('couponShare', 'number', 'Share of the counting orders with a coupon, 0 to 1; missing without an order.'),
  field('firstAt', 'instant', 'When the first counting order was placed.'),
  field('lastAt', 'instant', 'When the last counting order was placed.'),
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
  totalMinor: number;
  storeTotalMinor: number | null;
  hasCoupon: boolean;
}

/** An order as it stands now. */
interface PresentOrder extends OrderRow {
  counting: boolean;
  refundedMinor: number;
}

/** An order that was ever paid, with its refunds in time. */
interface PastOrder extends OrderRow {
  unpaidSince: Date | null;
  refunds: Array<{ at: Date; minor: number }> | null;
}

/** What was bought: the fields `orders.*`, over counting orders as `definitions.md` has them. */
@Injectable()
export class OrderFacts implements FactSource, OnModuleInit {
  readonly name = 'orders';
  readonly fields = FIELDS;
  readonly happenings = [BOUGHT];

  constructor(private readonly sources: FactSources) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async load(db: Queryable, { customerIds, fields, windowed }: FactRequest): Promise<Map<string, FactReader>> {
    const stored = await loadSummaries(db, customerIds);
    const needsOrders = windowed.size > 0 || fields.has(NEVER_STORED);
    const orders = needsOrders ? await loadOrders(db, customerIds) : new Map<string, PresentOrder[]>();
    return new Map(
      customerIds.map((id) => [
        id,
        {
          read: (name, { since }) =>
            since === undefined && name !== NEVER_STORED
              ? fromSummary(stored.get(id), name)
              : aggregate(
                  (orders.get(id) ?? []).filter((order) => order.counting && isSince(order, since)),
                  name,
                ),
        },
      ]),
    );
  }

  async timelines(db: Queryable, { customerIds }: FactRequest, until: Date): Promise<Map<string, FactReader>> {
    const orders = await loadPastOrders(db, customerIds, until);
    return new Map(
      customerIds.map((id) => [
        id,
        {
          read: (name, reading) =>
            aggregate(
              (orders.get(id) ?? []).flatMap((order) => counted(order, reading)),
              name,
            ),
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

const ORDER_COLUMNS = `o.customer_id as "customerId", o.placed_at as "placedAt", o.total_minor as "totalMinor",
  o.store_total_minor as "storeTotalMinor", cardinality(o.coupon_codes) > 0 as "hasCoupon"`;

async function loadOrders(db: Queryable, customerIds: readonly string[]): Promise<Map<string, PresentOrder[]>> {
  const rows = await db.query<PresentOrder>(
    `select ${ORDER_COLUMNS}, o.counting, o.refunded_minor as "refundedMinor"
     from orders o where o.customer_id = any($1::uuid[])`,
    [customerIds],
  );
  return byCustomer(rows);
}

async function loadPastOrders(
  db: Queryable,
  customerIds: readonly string[],
  until: Date,
): Promise<Map<string, PastOrder[]>> {
  const rows = await db.query<PastOrder>(
    `select ${ORDER_COLUMNS}, ${unpaidSinceSql('o')} as "unpaidSince",
       (select json_agg(json_build_object('at', r.at, 'minor', r.amount_minor)) from refunds r
        where r.order_id = o.id) as refunds
     from orders o where o.customer_id = any($1::uuid[]) and ${everPaidSql('o')} and o.placed_at <= $2`,
    [customerIds, until],
  );
  for (const { refunds } of rows) for (const refund of refunds ?? []) refund.at = new Date(refund.at);
  return byCustomer(rows);
}

function byCustomer<Row extends { customerId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const known = groups.get(row.customerId);
    if (known) known.push(row);
    else groups.set(row.customerId, [row]);
  }
  return groups;
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

/** @param orders the counting ones, with what had been refunded of each */
function aggregate(orders: ReadonlyArray<OrderRow & { refundedMinor: number }>, name: string): FactValue {
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

function isSince(order: OrderRow, since: Date | undefined): boolean {
  return since === undefined || order.placedAt >= since;
}

/** The order as it counted at the time of the reading (`countedAtSql`), or nothing. */
function counted(order: PastOrder, { asOf, since }: Reading): Array<OrderRow & { refundedMinor: number }> {
  if (order.placedAt > asOf || !isSince(order, since)) return [];
  if (order.unpaidSince !== null && order.unpaidSince <= asOf) return [];
  const refundedMinor = (order.refunds ?? []).reduce((sum, { at, minor }) => (at <= asOf ? sum + minor : sum), 0);
  return order.totalMinor > 0 && refundedMinor >= order.totalMinor ? [] : [{ ...order, refundedMinor }];
}
