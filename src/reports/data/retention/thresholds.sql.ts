import { type Sql } from '../../../platform/database/database';
import { lifecycleInForceSql } from '../../../segments/stage-sql';

/** Days of silence after which one is lapsed by the rule in force just before each of these instants, in their order. */
export function quietDaysBefore(instants: readonly Date[]): Sql {
  return {
    text: `
      select rules.effective_days as days from unnest($1::timestamptz[]) with ordinality as asked (at, place)
      cross join lateral (${lifecycleInForceSql(`(asked.at - interval '1 microsecond')`)}) rules order by asked.place`,
    values: [instants],
  };
}

/** When each customer who is not there any more was deleted or erased, ascending by id, packed: 16 bytes of id, 8 of time. */
export const DEPARTURES = `
  select string_agg(uuid_send(id) || timestamptz_send(least(deleted_at, erased_at)), ''::bytea order by id) as body
  from customers where deleted_at is not null or erased_at is not null`;
