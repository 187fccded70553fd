import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type TopicUse, TopicUses } from '../customers/topic-use';
import { type Queryable } from '../platform/database/database';

/** Tells which campaigns are about a topic: one that is in use cannot be removed. Archived ones hold none. */
@Injectable()
export class CampaignTopicUse implements TopicUse, OnModuleInit {
  constructor(private readonly uses: TopicUses) {}

  onModuleInit(): void {
    this.uses.register(this);
  }

  async usesOf(db: Queryable, topic: string): Promise<string[]> {
    const rows = await db.query<{ key: string }>(
      `select distinct c.key from campaigns c join campaign_versions v on v.campaign_id = c.id
       where c.status <> 'archived' and v.version in (c.version, c.live_version) and v.definition->>'topic' = $1
       order by c.key`,
      [topic],
    );
    return rows.map(({ key }) => `campaign ${key}`);
  }
}
