import { type Sql } from '../../platform/database/database';
import { lateRefundsSql, OUTCOME_COUNTS } from './outcome-sql';

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
  converted: number;
}

const counted = (condition: string) => `(count(*) filter (where ${condition}))::int`;
const happened = (column: string) => counted(`m.${column} <= $2`);

/**
 * The funnel of a campaign by step, of the messages that were due by `asOf`, in one statement. One that was sent later is
 * still queued; opens, clicks, bounces and the rest count when they happened by then. A message is converted when an order
 * of its enrollment counts that was placed within the window after the sending. Plan: messages by (campaign_id, id), and
 * for each that was sent one probe of outcomes by their key.
 */
export function funnelSteps(campaignId: string, windowMs: number, asOf: Date): Sql {
  return {
    text: `
      with states as (
        select id, enrollment_id, step, reason, sent_at, opened_at, clicked_at, machine_opened_at, machine_clicked_at,
          bounced_at, complained_at, unsubscribed_at,
          case when status in ('sent', 'bounced') then case when sent_at > $2 then 'queued' else 'sent' end
            when status in ('claimed', 'sending', 'deferred') then 'queued' else status end as state,
          status = 'bounced' and coalesce(bounced_at, sent_at, due_at) <= $2 as bounced
        from messages where campaign_id = $1 and origin = 'enrollment' and due_at <= $2
      ), m as materialized (
        select states.*, state = 'sent' and exists (
          select from outcomes x ${lateRefundsSql('$2')}
          where x.enrollment_id = states.enrollment_id and x.placed_at > states.sent_at
            and x.placed_at <= least(states.sent_at + make_interval(secs => $3::float8 / 1000), $2)
            and ${OUTCOME_COUNTS}) as converted
        from states
      ), skipped as (
        select step, json_object_agg(reason, n) as reasons
        from (select step, reason, count(*) as n from m where state = 'skipped' group by step, reason) by_reason
        group by step
      )
      select m.step, count(*)::int as due, ${counted(`m.state = 'sent'`)} as sent,
        ${counted(`m.state = 'queued'`)} as queued, ${counted(`m.state = 'failed'`)} as failed,
        ${counted(`m.state = 'uncertain'`)} as uncertain, ${counted(`m.state = 'held_out'`)} as "heldOut",
        coalesce((select s.reasons from skipped s where s.step = m.step), '{}') as skipped,
        ${happened('opened_at')} as "openedHuman", ${happened('machine_opened_at')} as "openedMachine",
        ${happened('clicked_at')} as "clickedHuman", ${happened('machine_clicked_at')} as "clickedMachine",
        ${happened('unsubscribed_at')} as unsubscribed, ${counted('m.bounced')} as bounced,
        ${happened('complained_at')} as complained, ${counted('m.converted')} as converted
      from m
      group by m.step order by min(m.id::text)`,
    values: [campaignId, asOf, windowMs],
  };
}
