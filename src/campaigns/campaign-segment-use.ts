import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { type SegmentUse, SegmentUses } from '../segments/segment-use';
import { namesSegment } from './domain/names-segment';

/** Tells segments which campaigns refer to them: one that is in use cannot be deleted. */
@Injectable()
export class CampaignSegmentUse implements SegmentUse, OnModuleInit {
  constructor(private readonly uses: SegmentUses) {}

  onModuleInit(): void {
    this.uses.register(this);
  }

  /** Archived campaigns take nobody in any more and hold no segment. */
  async usesOf(db: Queryable, segment: { id: string; key: string }): Promise<string[]> {
    const rows = await db.query<{ key: string; definition: unknown }>(
      `select c.key, v.definition from campaigns c
       join campaign_versions v on v.campaign_id = c.id and v.version in (c.version, c.live_version)
       where c.status <> 'archived' order by c.key`,
    );
    const using = rows.filter(({ definition }) => namesSegment(definition, [segment.id, segment.key]));
    return [...new Set(using.map(({ key }) => `campaign ${key}`))];
  }
}
