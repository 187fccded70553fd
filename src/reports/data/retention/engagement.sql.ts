import { consentIsOneOfJoinedSql, UNSUBSCRIBED_ADDRESSES } from '../../../customers/customer.sql-fragments';
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

/**
 * Engagement by period and group: a human click, an event on the site, a review or an answer. Opens are left out. People
 * are mailable as is known now. Plan: customers once, hashed; hits_human_clicks, the log by its type and time.
 */
export function engagementCounts(scope: PeriodScope): Sql {
  const p = new PeriodPlaceholders(scope, new Values());
  const own = p.values.add(NOT_DONE_BY_PEOPLE, 'text[]');
  const { grouping } = scope;
  const at = (column: string) => `${column} >= (${p.bounds})[1] and ${column} < ${p.end} and ${column} <= ${p.asOf}`;
  const mailable = `
      select c.id as customer_id, ${grouping ? 'who.grp' : 'null::text'} as grp,
        width_bucket(least(c.created_at, co.first_at), ${p.bounds}) as born
      from customers c left join customer_orders co on co.customer_id = c.id
      ${grouping ? 'join who on who.customer_id = c.id' : ''}
      left join ${UNSUBSCRIBED_ADDRESSES} un on un.email = c.email
      where c.email is not null and c.erased_at is null and c.deleted_at is null
        and ${consentIsOneOfJoinedSql('c', 'un', `'{subscribed}'::text[]`, false)}
        and not exists (select from suppressions s where s.address = c.email and s.scope = 'all')
        and least(c.created_at, co.first_at) < ${p.end} and least(c.created_at, co.first_at) <= ${p.asOf}`;
  const done = `
      select distinct period, customer_id from (
        select customer_id, width_bucket(at, ${p.bounds}) as period from hits
        where kind = 'click' and not machine and customer_id is not null and ${at('at')}
        union all
        select customer_id, width_bucket(occurred_at, ${p.bounds}) from customer_events
        where split_part(type, '.', 1) <> all(${own}) and ${at('occurred_at')}
        union all
        select customer_id, width_bucket(answered_at, ${p.bounds}) from survey_responses where ${at('answered_at')}) d`;
  return {
    text: `${withGroupsSql(scope, p, [`mailable as materialized (${mailable})`])}
      select grp, period, sum(mailable)::int as mailable, sum(engaged)::int as engaged from (
        select grp, born as period, count(*) as mailable, 0 as engaged from mailable group by 1, 2
        union all
        select m.grp, d.period, 0, count(*) from (${done}) d join mailable m on m.customer_id = d.customer_id and m.born <= d.period
        group by 1, 2) counted
      group by grp, period`,
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
