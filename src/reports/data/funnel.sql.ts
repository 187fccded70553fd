import { type Sql } from '../../platform/database/database';
import { outcomeCountsSql } from './outcome-sql';

/** Messages of one step, counted. */
export interface FunnelRow {
  step: string;
  due: number;
  sent: number;
  queued: number;
  failed: number;
  uncertain: number;
  heldOut: number;
  skipped: Record<string, number>;
  openedHuman: number;
  openedMachine: number;
  clickedHuman: number;
  clickedMachine: number;
  unsubscribed: number;
  bounced: number;
  complained: number;
}

/** Messages of one step that an order followed. */
export interface ConversionRow {
  step: string;
  converted: number;
}

const counted = (condition: string) => `count(*) filter (where ${condition})`;
const happened = (column: string) => counted(`${column} <= $2`);
const summed = (column: string, condition = 'true') => `coalesce(sum(${column}) filter (where ${condition}), 0)::int`;

/** The messages of a campaign that were due by `asOf`; $1 and $2. */
const DUE = `campaign_id = $1 and origin = 'enrollment' and due_at <= $2`;

/** Of messages that were sent, by what is known now. */
const GONE = `status in ('sent', 'bounced')`;

/**
 * The funnel of a campaign by step, of the messages that were due by `asOf`. One that was sent later is still queued; opens,
 * clicks, bounces and the rest count when they happened by then. Plan: messages by messages_campaign, hashed by columns as
 * they are, whose few values the planner knows.
 */
export function funnelSteps(campaignId: string, asOf: Date): Sql {
  return {
    text: `
      with counted as (
        select step, status, reason, count(*) as n, ${counted('sent_at > $2')} as later, min(due_at) as first_due,
          ${happened('opened_at')} as opened, ${happened('machine_opened_at')} as machine_opened,
          ${happened('clicked_at')} as clicked, ${happened('machine_clicked_at')} as machine_clicked,
          ${happened('unsubscribed_at')} as unsubscribed, ${happened('complained_at')} as complained,
          ${counted(`status = 'bounced' and coalesce(bounced_at, sent_at, due_at) <= $2`)} as bounced
        from messages where ${DUE} group by step, status, reason
      )
      select step, ${summed('n')} as due, ${summed('n - later', GONE)} as sent,
        ${summed('n', `status in ('queued', 'claimed', 'sending', 'deferred')`)} + ${summed('later', GONE)} as queued,
        ${summed('n', `status = 'failed'`)} as failed, ${summed('n', `status = 'uncertain'`)} as uncertain,
        ${summed('n', `status = 'held_out'`)} as "heldOut",
        coalesce(json_object_agg(reason, n) filter (where status = 'skipped'), '{}') as skipped,
        ${summed('opened')} as "openedHuman", ${summed('machine_opened')} as "openedMachine",
        ${summed('clicked')} as "clickedHuman", ${summed('machine_clicked')} as "clickedMachine",
        ${summed('unsubscribed')} as unsubscribed, ${summed('bounced')} as bounced, ${summed('complained')} as complained
      from counted group by step order by min(first_due), step`,
    values: [campaignId, asOf],
  };
}

/**
 * The messages of {@link funnelSteps} that were sent and followed by a counting order of their enrollment within the window,
 * by step. Plan: the campaign's messages against its outcomes, which are hashed: they are fewer.
 */
export function funnelConversions(campaignId: string, windowMs: number, asOf: Date): Sql {
  return {
    text: `
      select step, count(*)::int as converted
      from messages m where ${DUE} and ${GONE} and sent_at <= $2 and exists (
        select from outcomes x
        where x.campaign_id = $1 and x.enrollment_id = m.enrollment_id and x.placed_at > m.sent_at
          and x.placed_at <= least(m.sent_at + make_interval(secs => $3::float8 / 1000), $2) and ${outcomeCountsSql('$2')})
      group by step`,
    values: [campaignId, asOf, windowMs],
  };
}
