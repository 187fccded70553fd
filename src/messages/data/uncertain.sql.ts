import { type Sql } from '../../platform/database/database';

export interface UncertainRow {
  campaignId: string | null;
  campaign: string | null;
  day: string;
  count: number;
  oldestAt: Date;
}

/** Mails whose outcome nobody knows, by campaign and day of their gate in `zone`; of a partial index of such alone. */
export function uncertainCounts(zone: string): Sql {
  return {
    text: `
      select m.campaign_id as "campaignId", k.key as campaign,
        to_char(coalesce(m.sending_at, m.due_at) at time zone $1, 'YYYY-MM-DD') as day, count(*)::int as count,
        min(coalesce(m.sending_at, m.due_at)) as "oldestAt"
      from messages m left join campaigns k on k.id = m.campaign_id
      where m.status = 'uncertain' group by 1, 2, 3 order by 3 desc, 2 nulls last limit 1000`,
    values: [zone],
  };
}
