import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type PoolUse, PoolUses } from '../incentives/pool-use';
import { type Queryable } from '../platform/database/database';
import { type CampaignDefinition } from './campaign.types';
import { walkSteps } from './domain/walk-steps';
import { InFlightPeople } from './in-flight';

/** Tells coupon pools which campaigns give codes of them: one that is in use cannot be deleted. */
@Injectable()
export class CampaignPoolUse implements PoolUse, OnModuleInit {
  constructor(
    private readonly uses: PoolUses,
    private readonly people: InFlightPeople,
  ) {}

  onModuleInit(): void {
    this.uses.register(this);
  }

  /** By the latest version, the live one, and those that somebody is still in; archived campaigns hold no pool. */
  async usesOf(db: Queryable, pool: { id: string; key: string }): Promise<string[]> {
    const inUse = await this.people.kept.versionsInUse(db);
    const rows = await db.query<{ key: string; steps: CampaignDefinition['steps'] }>(
      `select c.key, v.definition -> 'steps' as steps from campaigns c
       join campaign_versions v on v.campaign_id = c.id
       where c.status <> 'archived' and (v.version in (c.version, c.live_version) or (v.campaign_id, v.version) in (
         select u.campaign_id, u.version from unnest($1::uuid[], $2::int[]) as u (campaign_id, version)))
       order by c.key`,
      [inUse.map((one) => one.campaignId), inUse.map((one) => one.version)],
    );
    const using = rows.filter(({ steps }) =>
      walkSteps(steps).some(
        ({ step }) => step.kind === 'email' && (step.coupon === pool.key || step.coupon === pool.id),
      ),
    );
    return [...new Set(using.map(({ key }) => `campaign ${key}`))];
  }
}
