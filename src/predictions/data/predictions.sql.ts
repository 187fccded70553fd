import { type Sql } from '../../platform/database/database';
import { instantArray, plainArray } from '../../platform/database/array-literal';
import { type CustomerModels, type NoModels } from '../domain/customer-forecast';

/** The one row of the predictions' state. */
export interface PredictionState {
  nextAt: Date;
  models: CustomerModels | null;
  reason: NoModels | null;
  fittedAt: Date | null;
  /** `YYYY-MM-DD` */
  day: string | null;
  after: string | null;
  completedAt: Date | null;
}

const COLUMNS = `next_at as "nextAt", models, reason, fitted_at as "fittedAt", day, after, completed_at as "completedAt"`;

/** Null until a condition has asked. */
export const STATE: Sql = { text: `select ${COLUMNS} from prediction_state` };

/** What is due; no row while another process is at it, or nothing is due. */
export function takeState(now: Date): Sql {
  return {
    text: `select ${COLUMNS} from prediction_state where next_at <= $1 for update skip locked`,
    values: [now],
  };
}

/** Notes that a condition asks; a row the first time only. */
export function ask(now: Date): Sql {
  return {
    text: `insert into prediction_state (asked_at, next_at) values ($1, $1) on conflict do nothing`,
    values: [now],
  };
}

/** Keeps a fit, unless another process has fitted meanwhile. Without models those from before stay. */
export function keepFit(before: Date | null, models: CustomerModels | null, reason: NoModels | null, now: Date): Sql {
  return {
    text: `update prediction_state set models = coalesce($2::jsonb, models), reason = $3, fitted_at = $4
      where fitted_at is not distinct from $1`,
    values: [before, models && JSON.stringify(models), reason, now],
  };
}

/** How far the pass is; at its end when the next begins. */
export function notePass(pass: { day: string; after: string | null; nextAt: Date; completedAt: Date | null }): Sql {
  return {
    text: `update prediction_state set day = $1, after = $2, next_at = $3, completed_at = coalesce($4, completed_at)`,
    values: [pass.day, pass.after, pass.nextAt, pass.completedAt],
  };
}

/** What is expected of a customer from now on; nulls: nothing any more. */
export interface PredictionRow {
  customerId: string;
  alive: number | null;
  valueMinor: number | null;
  /** Their own lapse threshold in days, and how often it has gone by; both null without one. */
  lapseAfter: number | null;
  overdue: number | null;
}

const READ = `customer_id as "customerId", alive, value_minor as "valueMinor", lapse_after as "lapseAfter", overdue`;

/** Replaces what is expected of these customers and appends it to the history. */
export function writePredictions(rows: readonly PredictionRow[], at: Date): Sql {
  return {
    text: `
      with changed as (
        select * from unnest($1::uuid[], $2::float8[], $3::bigint[], $4::int[], $5::int[], $6::timestamptz[])
          as t (customer_id, alive, value_minor, lapse_after, overdue, at)
      ), gone as (
        delete from customer_predictions p using changed c
        where p.customer_id = c.customer_id and c.alive is null and c.lapse_after is null
      ), kept as (
        insert into customer_predictions (customer_id, alive, value_minor, lapse_after, overdue)
        select customer_id, alive, value_minor, lapse_after, overdue from changed
        where alive is not null or lapse_after is not null
        on conflict (customer_id) do update set alive = excluded.alive, value_minor = excluded.value_minor,
          lapse_after = excluded.lapse_after, overdue = excluded.overdue
      )
      insert into prediction_changes (customer_id, at, alive, value_minor, lapse_after, overdue)
      select customer_id, at, alive, value_minor, lapse_after, overdue from changed`,
    values: [
      plainArray(rows.map(({ customerId }) => customerId)),
      plainArray(rows.map(({ alive }) => alive)),
      plainArray(rows.map(({ valueMinor }) => valueMinor)),
      plainArray(rows.map(({ lapseAfter }) => lapseAfter)),
      plainArray(rows.map(({ overdue }) => overdue)),
      instantArray(rows.map(() => at)),
    ],
  };
}

/**
 * Those of a set of customers who were overdue and have ordered within their own threshold by now are overdue no more.
 * Returns them. The caller holds the lock of the orders' intake.
 */
export function takeOutReturned(customerIds: readonly string[], at: Date, today: string, zone: string): Sql {
  return {
    name: 'predictions.take-out-returned',
    text: `
      with back as (
        update customer_predictions p set overdue = 0
        where p.customer_id = any($1::uuid[]) and p.overdue > 0 and exists (
          select from orders o where o.customer_id = p.customer_id and o.counting and o.origin <> 'renewal'
            and o.placed_at <= $2 and $3::date - (o.placed_at at time zone $4)::date <= p.lapse_after)
        returning p.*
      ), noted as (
        insert into prediction_changes (customer_id, at, alive, value_minor, lapse_after, overdue)
        select customer_id, $2, alive, value_minor, lapse_after, overdue from back
      )
      select customer_id as "customerId" from back`,
    values: [plainArray(customerIds), at, today, zone],
  };
}

/** The present of a set of customers. */
export function predictionsOf(customerIds: readonly string[]): Sql {
  return {
    text: `select ${READ} from customer_predictions where customer_id = any($1::uuid[])`,
    values: [customerIds],
  };
}

/** The past of a set of customers up to an instant, in its order. */
export function predictionHistory(customerIds: readonly string[], until: Date): Sql {
  return {
    text: `select at, ${READ} from prediction_changes where customer_id = any($1::uuid[]) and at <= $2 order by at, id`,
    values: [customerIds, until],
  };
}
