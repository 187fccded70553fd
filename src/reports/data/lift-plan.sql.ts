import { type CampaignDefinition, type CampaignStatus, eventMeant, type Trigger } from '../../campaigns/campaign.types';
import { isUuid } from '../../kernel/ids';
import { type Sql } from '../../platform/database/database';

export interface PlannedCampaignRow {
  id: string;
  key: string;
  status: CampaignStatus;
  definition: CampaignDefinition;
}

/** A campaign with its latest definition, drafts too. */
export function plannedCampaign(ref: string): Sql {
  return {
    text: `select c.id, c.key, c.status, v.definition
      from campaigns c join campaign_versions v on v.campaign_id = c.id and v.version = c.version
      where c.${isUuid(ref) ? 'id = $1::uuid' : 'key = $1'}`,
    values: [ref],
  };
}

/** What people did who were where this campaign finds its own. */
export interface StartsRow {
  /** People who would have entered in the last weeks, and since when such starts are known (null: never). */
  recent: number;
  firstAt: Date | null;
  /** People who would have entered early enough that a window has ended, and those of them who came back within it. */
  people: number;
  cameBack: number;
}

const STAGES = new Set(['prospect', 'recent', 'repeat', 'lapsed']);

/**
 * What starts the campaign, as a relation of (customer_id, at), $1 its name; null where the past does not tell: members of
 * a segment of the shop's own, a day, a hand. Stages have a history; only causes that start campaigns are taken.
 */
function startsOf(trigger: Trigger): { sql: string; name: string } | null {
  const events = `select customer_id, occurred_at as at from customer_events where type = $1 and starts`;
  switch (trigger.on) {
    case 'segment':
      return STAGES.has(trigger.segment) && trigger.when !== 'leaves'
        ? {
            sql: `select customer_id, at from stage_transitions where to_stage = $1 and cause in ('order', 'refund', 'time')`,
            name: trigger.segment,
          }
        : null;
    case 'event':
      return { sql: events, name: eventMeant(trigger.event) };
    case 'order':
      return {
        sql: `select customer_id, placed_at as at from orders where counting and origin = $1 and customer_id is not null`,
        name: 'shop',
      };
    case 'schedule':
    case 'date':
    case 'anniversary':
    case 'manual':
      return null;
    default:
      return trigger satisfies never;
  }
}

/** The newest starts that are looked at: enough for a rate, and bounded in a shop of any size. */
const SAMPLE = 20_000;

/**
 * How many people would have entered since `recentFrom`, and how many of those who would have entered before `ripe` came
 * back within the window: one start a person, the latest. Null where {@link startsOf} knows none.
 */
export function startsInThePast(
  trigger: Trigger,
  asked: { now: Date; recentFrom: Date; from: Date; windowMs: number },
): Sql | null {
  const starts = startsOf(trigger);
  if (!starts) return null;
  const window = 'make_interval(secs => $5::float8 / 1000)';
  return {
    text: `
      with starts as (${starts.sql}),
      ripe as materialized (
        select customer_id, max(at) as at from (
          select customer_id, at from starts where at >= $4 and at <= $2::timestamptz - ${window} order by at desc
          limit ${SAMPLE}) latest
        group by customer_id
      )
      select (select count(distinct customer_id)::int from starts where at > $3 and at <= $2) as recent,
        (select min(at) from starts) as "firstAt",
        count(*)::int as people, count(*) filter (where exists (
          select from orders o where o.customer_id = r.customer_id and o.counting and o.origin <> 'renewal'
            and o.placed_at > r.at and o.placed_at <= r.at + ${window}))::int as "cameBack"
      from ripe r`,
    values: [starts.name, asked.now, asked.recentFrom, asked.from, asked.windowMs],
  };
}

/** What the campaign's own entries tell. */
export interface OwnEntriesRow {
  recent: number;
  firstAt: Date | null;
  /** Mature people of its control groups, of all epochs. */
  people: number;
  cameBack: number;
}

/** First entries of a campaign that ran: how many since `recentFrom`, and how its control came back within the window. */
export function ownEntries(campaignId: string, asked: { now: Date; recentFrom: Date; windowMs: number }): Sql {
  const window = 'make_interval(secs => $4::float8 / 1000)';
  return {
    text: `
      with firsts as (
        select distinct on (e.customer_id) e.id, e.arm, e.entered_at from enrollments e
        where e.campaign_id = $1 and e.entered_at <= $2 and e.excluded is null
        order by e.customer_id, e.entered_at, e.id)
      select count(*) filter (where entered_at > $3)::int as recent, min(entered_at) as "firstAt",
        count(*) filter (where ripe)::int as people, count(*) filter (where ripe and came)::int as "cameBack"
      from firsts f cross join lateral (
        select f.arm = 'holdout' and f.entered_at + ${window} <= $2 as ripe, exists (
          select from outcomes x where f.arm = 'holdout' and x.enrollment_id = f.id and x.counting
            and x.placed_at <= f.entered_at + ${window}) as came) seen`,
    values: [campaignId, asked.now, asked.recentFrom, asked.windowMs],
  };
}
