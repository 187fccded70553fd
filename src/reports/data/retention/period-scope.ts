import { allRefundedAsOfSql, countsAsOfSql, netStoreMinorSql } from '../../../orders/order-sql';
import { type CalendarPeriod } from '../../domain/calendar-periods';
import { type Grouping } from './groups.sql';
import { type PeriodPlaceholders } from './period-placeholders';

/**
 * What the statements on calendar periods are asked about: successive periods, by the facts known now whose own time is
 * <= `asOf`. In their rows `period` is the place in `periods` from 1; 0 is the time before all of them.
 */
export interface PeriodScope {
  periods: readonly CalendarPeriod[];
  asOf: Date;
  zone: string;
  /** Breaks every figure down; without it the rows have one group, null. */
  grouping?: Grouping | undefined;
  /** Customer ids that cut all customers into shares of about the same size, ascending: shares are worked off side by side. */
  cuts: readonly string[];
}

/**
 * Counting orders up to the end of the periods as a subquery: `id`, `grp`, `customer_id`, `placed_at`, `renewal`, `net`
 * (null where it is not known in store money) and `period`. Plan: orders_customer alone, in its order, so that what
 * follows by customer and time sorts nothing.
 */
export function countingOrdersSql(scope: PeriodScope, p: PeriodPlaceholders, share = 'true'): string {
  const { grouping } = scope;
  return `(select o.id, o.customer_id, o.placed_at, o.origin = 'renewal' as renewal,
        ${grouping ? 'who.grp' : 'null::text'} as grp, width_bucket(o.placed_at, ${p.bounds}) as period,
        ${netStoreMinorSql('o', 'refund.refunded_minor')} as net
      from orders o ${allRefundedAsOfSql('o', p.asOf)}
      ${grouping ? 'join who on who.customer_id = o.customer_id' : ''}
      where o.customer_id is not null and o.placed_at < ${p.end} and ${countsAsOfSql('o', p.asOf)} and ${share})`;
}

/**
 * A query over all counting orders that never compares two customers: made of one query a share of the customers, which
 * Postgres works off side by side. `query` gets a {@link countingOrdersSql} and its rows are put together.
 */
export function inSharesSql(scope: PeriodScope, p: PeriodPlaceholders, query: (orders: string) => string): string {
  const cuts = scope.cuts.map((id) => p.values.add(id, 'uuid'));
  const conditions = [...cuts, undefined].map((cut, i) =>
    [...(i > 0 ? [`o.customer_id >= ${cuts[i - 1]}`] : []), ...(cut ? [`o.customer_id < ${cut}`] : [])].join(' and '),
  );
  return conditions
    .map((condition) => `(${query(countingOrdersSql(scope, p, condition === '' ? 'true' : condition))})`)
    .join('\n      union all\n      ');
}

/** `with` and the groups that people are in, if they are asked for; more of its parts may follow. */
export function withGroupsSql(scope: PeriodScope, p: PeriodPlaceholders, parts: readonly string[] = []): string {
  const who = scope.grouping ? [`who as materialized (${scope.grouping(p)})`] : [];
  const all = [...who, ...parts];
  return all.length === 0 ? '' : `with ${all.join(',\n      ')}`;
}
