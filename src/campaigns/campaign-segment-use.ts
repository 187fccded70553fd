import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { type SegmentUse, SegmentUses } from '../segments/segment-use';
import { namesSegment } from './domain/names-segment';
import { InFlightPeople } from './in-flight';

/** Tells segments which campaigns refer to them: one that is in use cannot be deleted. */
@Injectable()
export class CampaignSegmentUse implements SegmentUse, OnModuleInit {
  constructor(
    private readonly uses: SegmentUses,
    private readonly people: InFlightPeople,
  ) {}

  onModuleInit(): void {
    this.uses.register(this);
  }

  /**
   * By the latest version, the live one, and those that somebody is still in. Archived campaigns take nobody in any more
   * and hold no segment.
   */
  async usesOf(db: Queryable, segment: { id: string; key: string }): Promise<string[]> {
    const inUse = await this.people.kept.versionsInUse(db);
    const rows = await db.query<{ key: string; definition: unknown }>(
      `select c.key, v.definition from campaigns c
       join campaign_versions v on v.campaign_id = c.id
       where c.status <> 'archived' and (v.version in (c.version, c.live_version) or (v.campaign_id, v.version) in (
         select u.campaign_id, u.version from unnest($1::uuid[], $2::int[]) as u (campaign_id, version)))
       order by c.key`,
      [inUse.map((one) => one.campaignId), inUse.map((one) => one.version)],
    );
    const using = rows.filter(({ definition }) => namesSegment(definition, [segment.id, segment.key]));
    return [...new Set(using.map(({ key }) => `campaign ${key}`))];
  }
}
