import { Injectable } from '@nestjs/common';
import { Campaigns } from '../campaigns/campaigns.service';
import { Database } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { type MissedReason, type NewOccurrence } from './data/campaign-clocks.sql';

/** What came of a time at which the clock brought people into a campaign. */
export interface OccurrenceView {
  id: string;
  /** The time; of several that were missed in a row the last, `firstAt` the first and `times` how many. */
  at: string;
  firstAt: string;
  times: number;
  version: number;
  /** `cancelled`: another version changed the trigger while people were being taken. */
  status: NewOccurrence['status'];
  reason: MissedReason | null;
  entered: number;
  refused: number;
  finishedAt: string;
}

interface Row extends Omit<OccurrenceView, 'at' | 'firstAt' | 'finishedAt'> {
  at: Date;
  first_at: Date;
  finished_at: Date;
}

/** The times of campaigns that schedules, dates and anniversaries start. */
@Injectable()
export class CampaignOccurrences {
  constructor(
    private readonly database: Database,
    private readonly campaigns: Campaigns,
  ) {}

  /** The times that have been, newest first. @throws Refusal 404. */
  async list(ref: string, { limit, cursor }: PageQuery): Promise<Page<OccurrenceView>> {
    const { id } = await this.campaigns.require(this.database, ref);
    const before = cursor === undefined ? null : (decodeCursor(cursor, 1)[0] ?? null);
    const rows = await this.database.query<Row>(
      `select id, at, first_at, times, version, status, reason, entered, refused, finished_at from campaign_occurrences
       where campaign_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
      [id, before, limit + 1],
    );
    return pageOf(rows, limit, view, (row) => [row.id]);
  }
}

function view({ at, first_at, finished_at, ...row }: Row): OccurrenceView {
  const { id, times, version, status, reason, entered, refused } = row;
  return {
    id,
    at: at.toISOString(),
    firstAt: first_at.toISOString(),
    times,
    version,
    status,
    reason,
    entered,
    refused,
    finishedAt: finished_at.toISOString(),
  };
}
