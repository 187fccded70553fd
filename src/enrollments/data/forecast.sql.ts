import { type CampaignDefinition, type Program } from '../../campaigns/campaign.types';
import { type Sql } from '../../platform/database/database';
import { type SqlFragment } from '../../segments/segment-conditions';

export interface ForecastCampaign {
  id: string;
  key: string;
  name: string;
  status: 'draft' | 'active' | 'paused';
  salt: string;
  activatedAt: Date | null;
  /** Of the live version; of a draft the only one. */
  definition: CampaignDefinition;
  program: Program;
}

/** What a calendar shows: drafts announce as well, but write to nobody yet. In the order in which they may write. */
export const FORECAST_CAMPAIGNS = `
  select c.id, c.key, c.name, c.status, c.salt, c.activated_at as "activatedAt", v.definition, v.program
  from campaigns c join campaign_versions v on v.campaign_id = c.id and v.version = coalesce(c.live_version, c.version)
  where c.status <> 'archived' order by c.priority desc, c.id`;

export interface UnderWayRow {
  id: string;
  customer_id: string;
  campaign_id: string;
  version: number;
  position: number;
  next_run_at: Date;
  due_at: Date;
  waiting_since: Date | null;
  trigger_order_id: string | null;
}

/**
 * How many of the treatment are due before an instant, by campaign. By their timers: who has gone through a campaign is
 * not looked at.
 */
export function underWayCounts(until: Date): Sql {
  return {
    text: `select e.campaign_id, count(*)::int as count from enrollment_timers t
      join enrollments e on e.id = t.enrollment_id and e.due_at = t.due_at
      where t.due_at < $1 and e.status = 'active' and e.arm = 'treatment' group by e.campaign_id`,
    values: [until],
  };
}

/** Every `nth` of them, by a hash of the id. */
export function underWay(campaignId: string, until: Date, nth: number): Sql {
  return {
    text: `select e.id, e.customer_id, e.campaign_id, e.version, e.position, e.next_run_at, e.due_at, e.waiting_since,
        e.trigger_order_id
      from enrollment_timers t join enrollments e on e.id = t.enrollment_id and e.due_at = t.due_at
      where t.due_at < $2 and e.status = 'active' and e.arm = 'treatment' and e.campaign_id = $1
        and mod(hashtext(e.id::text)::bigint + 2147483648, $3) = 0
      order by e.id`,
    values: [campaignId, until, nth],
  };
}

export interface EntrantRow {
  customer_id: string;
  entered_at: Date;
  trigger_order_id: string | null;
  /** Of all, not only of the rows. */
  count: number;
}

/**
 * Who entered a campaign's treatment by an event from an id (so from an instant) on: how many, and some of them. Who was
 * taken in by hand or with a whole segment says nothing of the days to come. Plan: enrollments_campaign.
 */
export function recentEntrants(campaignId: string, firstId: string, limit: number): Sql {
  return {
    text: `with recent as (
        select customer_id, entered_at, trigger_order_id, id from enrollments
        where campaign_id = $1 and id >= $2 and arm = 'treatment' and trigger_event_id is not null)
      select customer_id, entered_at, trigger_order_id, (select count(*)::int from recent) as count from recent
      order by hashtext(id::text) limit $3`,
    values: [campaignId, firstId, limit],
  };
}

/**
 * How many could enter a campaign with the segment, and some of them: members who fit its audience and, where one may
 * enter once only, have not been in it. `$1` is the campaign, `$2` whether once only, `$3` how many of 1,024.
 */
export function wouldEnter(campaignId: string, once: boolean, of1024: number, conditions: readonly SqlFragment[]): Sql {
  return {
    text: `select count(*)::int as count, coalesce((array_agg(c.id)
        filter (where (hashtext(c.id::text) & 1023) < $3::int))[1:500], '{}') as sample
      from customers c ${conditions.map((one) => one.joins).join(' ')}
      where ${conditions.map((one) => one.text).join(' and ')} and not ($2::boolean and exists (
        select 1 from enrollments e where e.campaign_id = $1 and e.customer_id = c.id))`,
    values: [campaignId, once, of1024, ...conditions.flatMap((one) => one.values)],
  };
}

export const WOULD_ENTER_OFFSET = 3;
