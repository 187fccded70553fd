import { instantArray, plainArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';
import { type StageMove } from '../domain/stage-moves';
import { type Stage } from '../stage';

export interface StageRow {
  customerId: string;
  stage: Stage;
  orderCount: number;
  lastDay: string | null;
}

/** The recorded stages of a set of customers, locked in one order so that two sets cannot wait for each other. */
export function lockStages(customerIds: readonly string[]): Sql {
  return {
    text: `select customer_id as "customerId", stage, order_count as "orderCount", last_day as "lastDay"
      from customer_stages where customer_id = any($1::uuid[]) order by customer_id for update`,
    values: [plainArray(customerIds)],
  };
}

/** What the stages of a set of customers follow from. Ids that are no customers (merged away meanwhile) drop out. */
export function orderFactsOf(customerIds: readonly string[]): Sql {
  return {
    text: `select c.id as "customerId", coalesce(co.count, 0) as "orderCount",
        case when co.count > 0 then co.last_day end as "lastDay"
      from customers c left join customer_orders co on co.customer_id = c.id
      where c.id = any($1::uuid[]) order by c.id`,
    values: [plainArray(customerIds)],
  };
}

/**
 * Those who crossed the lapse threshold, oldest first: their last order lies before `before`. One index range scan of
 * customer_stages_sweep; rows that another worker has are passed over.
 */
export function lockCrossing(before: string, limit: number): Sql {
  return {
    text: `select customer_id as "customerId", stage, order_count as "orderCount", last_day as "lastDay"
      from customer_stages where stage in ('recent', 'repeat') and last_day < $1::date
      order by last_day limit $2 for update skip locked`,
    values: [before, limit],
  };
}

/** The last order day of the customer who crosses next. */
export function earliestLastDay(): Sql {
  return {
    text: `select last_day as "lastDay" from customer_stages where stage in ('recent', 'repeat') order by last_day limit 1`,
  };
}

/** Writes what is new about stages; `since` stays where the stage does. */
export function writeStages(rows: ReadonlyArray<StageRow & { since: Date }>): Sql {
  return {
    text: `insert into customer_stages as s (customer_id, stage, since, order_count, last_day)
      select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::int[], $5::date[])
      on conflict (customer_id) do update set stage = excluded.stage, order_count = excluded.order_count,
        last_day = excluded.last_day, since = case when s.stage = excluded.stage then s.since else excluded.since end`,
    values: [
      plainArray(rows.map((row) => row.customerId)),
      plainArray(rows.map((row) => row.stage)),
      instantArray(rows.map((row) => row.since)),
      plainArray(rows.map((row) => row.orderCount)),
      plainArray(rows.map((row) => row.lastDay)),
    ],
  };
}

/** Appends to the history of stages. */
export function appendTransitions(moves: ReadonlyArray<StageMove & { customerId: string }>): Sql {
  return {
    text: `insert into stage_transitions (customer_id, at, from_stage, to_stage, cause)
      select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])`,
    values: [
      plainArray(moves.map((move) => move.customerId)),
      instantArray(moves.map((move) => move.at)),
      plainArray(moves.map((move) => move.from)),
      plainArray(moves.map((move) => move.to)),
      plainArray(moves.map((move) => move.cause)),
    ],
  };
}
