import { type Sql } from '../../platform/database/database';
import { stageSql } from '../stage-sql';

/** A row of `lifecycle_settings`. */
export interface LifecycleRow {
  id: number;
  lapsedAfter: string;
  effectiveDays: number;
  repeatMinOrders: number;
  basis: unknown;
  computedAt: Date | null;
}

/** The present setting: the last row. */
export function currentLifecycle(): Sql {
  return {
    text: `select id, lapsed_after as "lapsedAfter", effective_days as "effectiveDays",
        repeat_min_orders as "repeatMinOrders", basis, computed_at as "computedAt"
      from lifecycle_settings order by id desc limit 1`,
  };
}

/** Makes a setting the present one from `at` on. */
export function insertLifecycle(at: Date, row: Omit<LifecycleRow, 'id'>): Sql {
  return {
    text: `insert into lifecycle_settings (at, lapsed_after, effective_days, repeat_min_orders, basis, computed_at)
      values ($1, $2, $3, $4, $5, $6)`,
    values: [
      at,
      row.lapsedAfter,
      row.effectiveDays,
      row.repeatMinOrders,
      row.basis === null ? null : JSON.stringify(row.basis),
      row.computedAt,
    ],
  };
}

/** Notes an estimate that did not move the threshold. */
export function noteEstimate(id: number, computedAt: Date, basis: unknown): Sql {
  return {
    text: 'update lifecycle_settings set computed_at = $2, basis = $3 where id = $1',
    values: [id, computedAt, JSON.stringify(basis)],
  };
}

/** The key of the advisory lock that stands between re-sorting everybody and moving a few: exclusive against shared. */
const LIFECYCLE_LOCK = 7_264_117_050;

/** Taken by whoever moves customers between stages by the present setting; held to the end of the transaction. */
export const shareLifecycle: Sql = { text: `select pg_advisory_xact_lock_shared(${LIFECYCLE_LOCK})` };

/** Taken by whoever changes the setting. */
export const holdLifecycle: Sql = { text: `select pg_advisory_xact_lock(${LIFECYCLE_LOCK})` };

/** Sorts everybody anew by a changed setting, in one statement, with cause `threshold`; touches only those who move. */
export function resortStages(at: Date, today: string, thresholdDays: number, repeatMinOrders: number): Sql {
  const stage = stageSql({
    count: 'order_count',
    lastDay: 'last_day',
    day: '$2::date',
    thresholdDays: '$3::int',
    repeatMinOrders: '$4::int',
  });
  return {
    text: `
      with sorted as (
        select customer_id, stage as from_stage, ${stage} as to_stage from customer_stages where order_count > 0
      ), moved as (
        update customer_stages s set stage = sorted.to_stage, since = $1
        from sorted where s.customer_id = sorted.customer_id and s.stage <> sorted.to_stage
        returning s.customer_id, sorted.from_stage, sorted.to_stage
      )
      insert into stage_transitions (customer_id, at, from_stage, to_stage, cause)
      select customer_id, $1, from_stage, to_stage, 'threshold' from moved`,
    values: [at, today, thresholdDays, repeatMinOrders],
  };
}
