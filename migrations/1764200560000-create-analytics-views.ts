import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The schema `analytics`: views that name what may be relied on, for BI tools and for the raw exports. No addresses, names,
 * subjects, comments or user agents: what identifies a person is the customer's id and the shop's own (`external_id`).
 * Money is in minor units of the currency (cents), as it is kept.
 *
 * `ritorno_analytics` may read the views and nothing else. Roles belong to the whole server and making one needs a right
 * that not every owner of a database has: without it the views are made all the same, and docs/analytics.md says what to
 * run by hand.
 */
export class CreateAnalyticsViews1764200560000 implements MigrationInterface {
  name = 'CreateAnalyticsViews1764200560000';

  async up(q: QueryRunner): Promise<void> {
    await q.query('create schema analytics');
    for (const [name, query] of [...PEOPLE, ...CAMPAIGNS]) await q.query(`create view analytics.${name} as ${query}`);
    await q.query(GRANTS);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}

const PEOPLE: Array<[view: string, query: string]> = [
  [
    'customers',
    `select c.id as customer_id, c.external_id, c.created_at, c.locale, c.timezone, c.consent_status,
       coalesce(s.stage, 'prospect') as stage, s.since as stage_since,
       coalesce(o.count, 0)::bigint as orders, coalesce(o.total_minor, 0)::bigint as revenue_minor,
       o.first_at as first_order_at, o.last_at as last_order_at,
       c.deleted_at is not null as deleted, c.erased_at is not null as erased
     from customers c
     left join customer_stages s on s.customer_id = c.id
     left join customer_orders o on o.customer_id = c.id`,
  ],
  [
    'orders',
    `select id as order_id, external_id, customer_id, placed_at, status, origin, counting, currency, total_minor,
       store_total_minor, discount_minor, refunded_minor,
       case when store_total_minor is null or total_minor <= 0 or refunded_minor = 0 then store_total_minor
         else greatest(0, store_total_minor
           - round(refunded_minor::numeric * store_total_minor / total_minor)::bigint) end as revenue_minor,
       fulfilled_at, delivered_at
     from orders`,
  ],
  [
    'order_lines',
    `select order_id, position::bigint as position, product_external_id, name, category,
       quantity::double precision as quantity, unit_price::double precision as unit_price
     from order_lines`,
  ],
  ['refunds', `select id as refund_id, order_id, order_external_id, amount_minor, at from refunds`],
  [
    'products',
    `select id as product_id, external_id, name, category, price::double precision as price, active from products`,
  ],
  [
    'stage_changes',
    `select id as stage_change_id, customer_id, at, from_stage, to_stage, cause from stage_transitions`,
  ],
];

const CAMPAIGNS: Array<[view: string, query: string]> = [
  [
    'campaigns',
    `select c.id as campaign_id, c.key, c.name, c.status, coalesce(c.live_version, c.version)::bigint as version,
       c.epoch::bigint as epoch, (v.definition ->> 'holdout')::double precision as holdout, c.created_at, c.activated_at,
       c.archived_at
     from campaigns c
     left join campaign_versions v on v.campaign_id = c.id and v.version = coalesce(c.live_version, c.version)`,
  ],
  [
    'enrollments',
    `select id as enrollment_id, customer_id, campaign_id, version::bigint as version, epoch::bigint as epoch, arm,
       arm_reason, status, entered_at, ended_at, exit_reason, goal_at, trigger_order_id, excluded
     from enrollments`,
  ],
  ['refusals', `select id as refusal_id, customer_id, campaign_id, at, reason from enrollment_refusals`],
  [
    'messages',
    `select id as message_id, origin, enrollment_id, campaign_id, customer_id, step,
       case status when 'claimed' then 'queued' else status end as status, reason, template_key,
       template_version::bigint as template_version, locale, topic, due_at, queued_at, sent_at, opened_at, clicked_at,
       machine_opened_at, machine_clicked_at, bounced_at, complained_at, unsubscribed_at, attempts::bigint as attempts,
       survey_id, coupon_id
     from messages`,
  ],
  [
    'hits',
    `select id as hit_id, message_id, customer_id, kind, link_index::bigint as link_index, url, at, machine, rule,
       rule_version::bigint as rule_version
     from hits`,
  ],
  [
    'outcomes',
    `select enrollment_id, order_id, campaign_id, entered_at, placed_at, counting, amount_minor as revenue_minor
     from outcomes`,
  ],
  ['credits', `select id as credit_id, order_id, message_id, campaign_id, model, kind, amount_minor, at from credits`],
  [
    'survey_answers',
    `select r.id as survey_answer_id, r.survey_id, s.key as survey, r.customer_id, r.message_id, r.enrollment_id,
       r.campaign_id, r.order_id, r.kind, r.score::double precision as score, r.choice, r.answered_at
     from survey_responses r join surveys s on s.id = r.survey_id`,
  ],
  [
    'coupons',
    `select c.id as coupon_id, p.key as pool, c.state, c.customer_id, c.message_id, c.campaign_id, c.allocated_at,
       c.expires_at, c.redeemed_at, c.redeemed_order_id, c.cost_minor
     from coupons c join coupon_pools p on p.id = c.pool_id`,
  ],
];

// Two databases of one server may be migrated at the same moment: the second finds the role made, before or just now.
const GRANTS = `
  do $$
  begin
    if not exists (select from pg_roles where rolname = 'ritorno_analytics') then
      begin
        create role ritorno_analytics nologin;
      exception
        when duplicate_object or unique_violation then null;
        when insufficient_privilege then
          raise notice 'the role ritorno_analytics could not be made: see docs/analytics.md';
      end;
    end if;
    if exists (select from pg_roles where rolname = 'ritorno_analytics') then
      grant usage on schema analytics to ritorno_analytics;
      grant select on all tables in schema analytics to ritorno_analytics;
    end if;
  end $$`;
