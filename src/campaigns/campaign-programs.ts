import { Injectable } from '@nestjs/common';
import { type Queryable, type Tx } from '../platform/database/database';
import { type CampaignDefinition, type CampaignStatus, type Program, type Trigger } from './campaign.types';

/** A published version: immutable, so it may be kept in memory. */
export interface PublishedVersion {
  campaignId: string;
  version: number;
  epoch: number;
  /** Of the campaign; never changes. */
  salt: string;
  definition: CampaignDefinition;
  program: Program;
}

/** A campaign that runs or is paused, with the version that new enrollments get. */
export interface RunningCampaign extends PublishedVersion {
  key: string;
  status: Extract<CampaignStatus, 'active' | 'paused'>;
}

/** What could start or move somebody. */
export interface Listening {
  triggers: Trigger[];
  /** Types of events that are a goal. */
  goals: ReadonlySet<string>;
  /** Types of events that a step waits for. */
  awaited: ReadonlySet<string>;
}

interface RunningRow {
  id: string;
  key: string;
  status: RunningCampaign['status'];
  live_version: number;
}

interface VersionRow {
  campaign_id: string;
  salt: string;
  version: number;
  epoch: number;
  definition: CampaignDefinition;
  program: Program;
}

const CACHE_LIMIT = 2_000;

/** Published programs for the engine, kept in memory. */
@Injectable()
export class CampaignPrograms {
  private readonly cache = new Map<string, PublishedVersion>();

  /**
   * The campaigns that run or are paused, locked against a change of their status until the transaction ends: who is
   * enrolled in it is seen by a pause or an archive that comes after.
   */
  async running(tx: Tx, onlyId: string | null = null): Promise<RunningCampaign[]> {
    const rows = await tx.query<RunningRow>(
      `select id, key, status, live_version from campaigns
       where status in ('active', 'paused') and ($1::uuid is null or id = $1) order by id for share`,
      [onlyId],
    );
    const versions = await this.load(
      tx,
      rows.map((row) => ({ campaignId: row.id, version: row.live_version })),
    );
    return rows.flatMap((row) => {
      const published = versions.get(versionKey(row.id, row.live_version));
      return published ? [{ ...published, key: row.key, status: row.status }] : [];
    });
  }

  /**
   * What the campaigns that run or are paused listen to, without a lock: the triggers of their live versions, and the
   * goals and waits of every version, since people may be under way in an older one.
   */
  async listening(db: Queryable): Promise<Listening> {
    const rows = await db.query<{ campaignId: string; version: number; live: boolean }>(
      `select v.campaign_id as "campaignId", v.version, v.version = c.live_version as live
       from campaigns c join campaign_versions v on v.campaign_id = c.id and v.published_at is not null
       where c.status in ('active', 'paused')`,
    );
    const versions = await this.load(db, rows);
    const of = (row: (typeof rows)[number]): PublishedVersion | undefined =>
      versions.get(versionKey(row.campaignId, row.version));
    return {
      triggers: rows.filter((row) => row.live).flatMap((row) => of(row)?.definition.trigger ?? []),
      goals: new Set(rows.flatMap((row) => of(row)?.program.goal?.eventType ?? [])),
      awaited: new Set(rows.flatMap((row) => awaitedIn(of(row)?.program))),
    };
  }

  /** The published versions asked for, by {@link versionKey}. */
  async load(
    db: Queryable,
    wanted: ReadonlyArray<{ campaignId: string; version: number }>,
  ): Promise<Map<string, PublishedVersion>> {
    const found = new Map<string, PublishedVersion>();
    const missing = new Map<string, { campaignId: string; version: number }>();
    for (const one of wanted) {
      const key = versionKey(one.campaignId, one.version);
      const known = this.cache.get(key);
      if (known) found.set(key, known);
      else missing.set(key, one);
    }
    if (missing.size === 0) return found;
    const rows = await db.query<VersionRow>(
      `select v.campaign_id, c.salt, v.version, v.epoch, v.definition, v.program
       from unnest($1::uuid[], $2::int[]) as w (campaign_id, version)
       join campaign_versions v using (campaign_id, version) join campaigns c on c.id = v.campaign_id
       where v.published_at is not null`,
      [[...missing.values()].map((one) => one.campaignId), [...missing.values()].map((one) => one.version)],
    );
    if (this.cache.size + rows.length > CACHE_LIMIT) this.cache.clear();
    for (const row of rows) {
      const { campaign_id: campaignId, version, epoch, salt, definition, program } = row;
      const key = versionKey(campaignId, version);
      const published = { campaignId, version, epoch, salt, definition, program };
      this.cache.set(key, published);
      found.set(key, published);
    }
    return found;
  }
}

/** The name of a version in what {@link CampaignPrograms.load} returns. */
export function versionKey(campaignId: string, version: number): string {
  return `${campaignId}:${version}`;
}

function awaitedIn(program: Program | undefined): string[] {
  return program?.instructions.flatMap((one) => (one.op === 'waitFor' ? [one.eventType] : [])) ?? [];
}
