import { CLOSED_ADDRESSES, consentIsOneOfJoinedSql } from '../../../customers/customer.sql-fragments';
import { type Sql } from '../../../platform/database/database';
import { PeriodPlaceholders, Values } from './period-placeholders';
import { type PeriodScope, withGroupsSql } from './period-scope';

/**
 * Types of the customers' log that are not done by people on the site: what is derived, what is about their orders and
 * records, tickets. `review.posted` and every custom event are theirs.
 */
const NOT_DONE_BY_PEOPLE = [
  ...['campaign', 'consent', 'coupon', 'customer', 'lifecycle', 'order', 'points', 'referral', 'segment', 'stage'],
  ...['survey', 'ticket', 'tier'],
];

/** What stands for the time after the periods of a report, or after its `asOf`. */
const TOO_LATE = 32_767;

/**
 * Whom a mail may be sent to, as is known now, ascending by id, packed: 16 bytes of id, 2 of the period of creation. Plan:
 * customers once, addresses that are closed hashed.
 */
export function mailablePeople(scope: PeriodScope): Sql {
  const p = new PeriodPlaceholders(scope, new Values());
  return {
    text: `
      select string_agg(uuid_send(c.id) || int2send((case when c.created_at <= ${p.asOf} and c.created_at < ${p.end}
          then width_bucket(c.created_at, ${p.bounds}) else ${TOO_LATE} end)::int2), ''::bytea order by c.id) as body
      from customers c left join ${CLOSED_ADDRESSES} un on un.email = c.email
      where c.email is not null and c.erased_at is null and c.deleted_at is null
        and ${consentIsOneOfJoinedSql('c', 'un', `'{subscribed}'::text[]`, false)}`,
    values: p.values.list,
  };
}

/**
 * Who did something in which period: a human click, an event on the site, a review or an answer; opens are left out. Packed:
 * 16 bytes of id, 2 of the period, as often as something was done. Plan: hits_human_clicks alone, the log by its
 * type and time.
 */
export function engagedPeople(scope: PeriodScope): Sql {
  const p = new PeriodPlaceholders(scope, new Values());
  const own = p.values.add(NOT_DONE_BY_PEOPLE, 'text[]');
  const at = (column: string) => `${column} >= (${p.bounds})[1] and ${column} < ${p.end} and ${column} <= ${p.asOf}`;
  return {
    text: `
      select string_agg(uuid_send(customer_id) || int2send(width_bucket(at, ${p.bounds})::int2), ''::bytea) as body
      from (
        select customer_id, at from hits where kind = 'click' and not machine and customer_id is not null and ${at('at')}
        union all
        select customer_id, occurred_at from customer_events
        where split_part(type, '.', 1) <> all(${own}) and ${at('occurred_at')}
        union all
        select customer_id, answered_at from survey_responses where ${at('answered_at')}) done`,
    values: p.values.list,
  };
}

/** NPS by period and group, over all surveys of that kind. */
export function promoterCounts(scope: PeriodScope): Sql {
  const p = new PeriodPlaceholders(scope, new Values());
  const { grouping } = scope;
  return {
    text: `${withGroupsSql(scope, p)}
      select grp, period, count(*)::int as responses, count(*) filter (where score >= 9)::int as promoters,
        count(*) filter (where score <= 6)::int as detractors
      from (
        select distinct on (period, r.customer_id, grp) ${grouping ? 'who.grp' : 'null::text'} as grp,
          width_bucket(r.answered_at, ${p.bounds}) as period, r.score
        from survey_responses r ${grouping ? 'join who on who.customer_id = r.customer_id' : ''}
        where r.kind = 'nps' and r.answered_at >= (${p.bounds})[1] and r.answered_at < ${p.end} and r.answered_at <= ${p.asOf}
        order by period, r.customer_id, grp, r.answered_at desc, r.id desc) latest
      group by grp, period`,
    values: p.values.list,
  };
}
