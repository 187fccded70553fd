import { type Trigger } from '../../campaigns/campaign.types';
import { type Sql } from '../../platform/database/database';

/** Where the clock of a campaign stands; see the table. */
export interface ClockRow {
  campaign_id: string;
  version: number;
  trigger: Trigger;
  since: Date;
  done_until: Date;
  next_at: Date | null;
  up_to: string | null;
  entered: number;
  refused: number;
}

const COLUMNS = 'k.campaign_id, k.version, k.trigger, k.since, k.done_until, k.next_at, k.up_to, k.entered, k.refused';

/** The nearest time of any active campaign; one whose clock does not know its live version yet is due at once. */
export const NEAREST_CLOCK = `
  select case when k.version is not distinct from c.live_version then k.next_at else c.updated_at end as due
  from campaigns c left join campaign_clocks k on k.campaign_id = c.id
  where c.status = 'active' order by due limit 1`;

export interface UnplannedRow {
  id: string;
  live_version: number;
  published_at: Date;
}

/** Active campaigns whose clock does not know their live version yet. */
export function unplanned(limit: number): Sql {
  return {
    text: `select c.id, c.live_version, v.published_at from campaigns c
      join campaign_versions v on v.campaign_id = c.id and v.version = c.live_version
      left join campaign_clocks k on k.campaign_id = c.id
      where c.status = 'active' and k.version is distinct from c.live_version order by c.id limit $1`,
    values: [limit],
  };
}

/** Makes sure that there is a clock to lock. Its version is one that no campaign has. */
export function insertClock(campaignId: string, at: Date): Sql {
  return {
    text: `insert into campaign_clocks (campaign_id, version, trigger, since, done_until)
      values ($1, 0, 'null', $2, $2) on conflict (campaign_id) do nothing`,
    values: [campaignId, at],
  };
}

export function lockClock(campaignId: string): Sql {
  return { text: `select ${COLUMNS} from campaign_clocks k where k.campaign_id = $1 for update`, values: [campaignId] };
}

/** Claims the active campaign whose time came first; whoever has it works on it alone. */
export function claimClock(now: Date): Sql {
  return {
    text: `select ${COLUMNS} from campaign_clocks k
      join campaigns c on c.id = k.campaign_id and c.status = 'active' and c.live_version = k.version
      where k.next_at <= $1 order by k.next_at, k.campaign_id limit 1 for update of k skip locked`,
    values: [now],
  };
}

export function writeClock(row: ClockRow): Sql {
  return {
    text: `update campaign_clocks set version = $2, trigger = $3, since = $4, done_until = $5, next_at = $6, up_to = $7,
        entered = $8, refused = $9
      where campaign_id = $1`,
    values: [
      row.campaign_id,
      row.version,
      JSON.stringify(row.trigger),
      row.since,
      row.done_until,
      row.next_at,
      row.up_to,
      row.entered,
      row.refused,
    ],
  };
}

/** Why the people of a time were not taken, or not all of them. */
export type MissedReason = 'too_late' | 'changed';

export interface NewOccurrence {
  id: string;
  campaignId: string;
  version: number;
  /** The time; of several in a row that were missed alike the last. */
  at: Date;
  firstAt: Date;
  times: number;
  status: 'done' | 'missed' | 'cancelled';
  reason: MissedReason | null;
  entered: number;
  refused: number;
}

export function insertOccurrence(row: NewOccurrence, now: Date): Sql {
  return {
    text: `insert into campaign_occurrences (id, campaign_id, version, at, first_at, times, status, reason, entered,
        refused, finished_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    values: [
      row.id,
      row.campaignId,
      row.version,
      row.at,
      row.firstAt,
      row.times,
      row.status,
      row.reason,
      row.entered,
      row.refused,
      now,
    ],
  };
}
