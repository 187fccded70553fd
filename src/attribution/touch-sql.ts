/**
 * A lateral join named `touch`, one row per message of a campaign that the customer of order `o` opened or clicked, by
 * a human, in the window back from the order: `message_id, campaign_id, step, clicked_at, touched_at` (the last of each
 * at or before the order). `windowMs` is a placeholder. Hits are read where a question is asked, never copied: one that
 * arrives late, out of the tracking buffer or its replay, is then in every report.
 */
export function humanTouchesSql(o: string, windowMs: string, join: 'cross join' | 'left join' = 'cross join'): string {
  return `${join} lateral (
      select h.message_id, m.campaign_id, m.step, max(h.at) filter (where h.kind = 'click') as clicked_at,
        max(h.at) as touched_at
      from hits h join messages m on m.id = h.message_id and m.origin = 'enrollment'
      where h.customer_id = ${o}.customer_id and h.kind in ('open', 'click') and not h.machine
        and h.at <= ${o}.placed_at
        and h.at >= ${o}.placed_at - make_interval(secs => ${windowMs}::float8 / 1000)
      group by h.message_id, m.campaign_id, m.step) touch${join === 'left join' ? ' on true' : ''}`;
}
