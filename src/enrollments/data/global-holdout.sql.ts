import { plainArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';
import { type Arm } from '../domain/decide-entry';
import { firstDrawNotBelow } from '../holdout-draw-sql';

/** A period as it is stored. */
export interface PeriodRow {
  id: string;
  number: number;
  salt: string;
  share: number;
  rotateEvery: string | null;
  startedAt: Date;
  /** When the next one is planned to begin. */
  rotatesAt: Date | null;
}

/** The period in force; at most one. */
export const OPEN_PERIOD: Sql = {
  name: 'enrollments.open-global-holdout',
  text: `select id, number, salt, share, rotate_every as "rotateEvery", started_at as "startedAt",
      rotates_at as "rotatesAt" from global_holdout_periods where ended_at is null`,
  values: [],
};

/** One writer of periods at a time. */
export const PERIODS_LOCK = 'select pg_advisory_xact_lock(7264117054)';

export function endPeriod(id: string, at: Date): Sql {
  return {
    text: 'update global_holdout_periods set ended_at = greatest($2, started_at) where id = $1',
    values: [id, at],
  };
}

/** When the open period rotates; both null: never. */
export function changeRotation(id: string, every: string | null, at: Date | null): Sql {
  return {
    text: 'update global_holdout_periods set rotate_every = $2, rotates_at = $3 where id = $1',
    values: [id, every, at],
  };
}

/** Begins a period; its number follows the last. */
export function beginPeriod({ id, salt, share, rotateEvery, startedAt, rotatesAt }: Omit<PeriodRow, 'number'>): Sql {
  return {
    text: `insert into global_holdout_periods (id, number, salt, share, drawn_below, rotate_every, started_at, rotates_at)
      select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6, $7 from global_holdout_periods`,
    values: [id, salt, share, firstDrawNotBelow(share), rotateEvery, startedAt, rotatesAt],
  };
}

/** A person who was asked about for the first time in a period. */
export interface NewDraw {
  customerId: string;
  arm: Arm;
  /** The order that brought them here, if one did. */
  orderId: string | null;
}

/** Stores draws; who was drawn before in the period stays as they are. */
export function insertDraws(periodId: string, draws: readonly NewDraw[], at: Date): Sql {
  return {
    name: 'enrollments.insert-global-draws',
    text: `insert into global_holdout_draws (period_id, customer_id, arm, drawn_at, trigger_order_id)
      select $1, u.customer_id, u.arm, $5, u.order_id
      from unnest($2::uuid[], $3::text[], $4::uuid[]) as u (customer_id, arm, order_id)
      on conflict (period_id, customer_id) do nothing`,
    values: [
      periodId,
      plainArray(draws.map((one) => one.customerId)),
      plainArray(draws.map((one) => one.arm)),
      plainArray(draws.map((one) => one.orderId)),
      at,
    ],
  };
}
