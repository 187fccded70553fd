import { Injectable } from '@nestjs/common';
import { type Fault, Refusal } from '../kernel/errors';
import { type Queryable, type Tx } from '../platform/database/database';
import { type CampaignStatus, type Program } from './campaign.types';
import { circleFrom } from './domain/handover-circles';

interface NeighbourRow {
  id: string;
  key: string;
  status: CampaignStatus;
  targets: string[];
}

/** A campaign that hands over, as it is about to be. */
export interface HandingOver {
  id: string;
  key: string;
}

/** The `enroll` steps between campaigns: where they lead, and that they never lead in a circle. */
@Injectable()
export class CampaignHandovers {
  /**
   * Refuses a program that is about to run if its hand-overs lead back to its own campaign, drafts on the way included.
   * Whoever publishes hand-overs waits for others who do: two of them cannot close a circle at the same moment.
   * @throws Refusal 422 with the circle.
   */
  async refuseCircles(tx: Tx, campaign: HandingOver, program: Program): Promise<void> {
    if (!program.instructions.some((one) => one.op === 'enroll')) return;
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('campaign_handovers', 0))`);
    const faults = await this.circles(tx, campaign, program);
    if (faults.length > 0) throw Refusal.invalid(faults, 'The campaign would hand people over in a circle.');
  }

  /** What the hand-overs of its latest version should make its author think of: circles, and targets that are idle. */
  async warnings(db: Queryable, campaign: HandingOver & { version: number }): Promise<Fault[]> {
    const [latest] = await db.query<{ program: Program }>(
      'select program from campaign_versions where campaign_id = $1 and version = $2',
      [campaign.id, campaign.version],
    );
    const enrolls = latest?.program.instructions.filter((one) => one.op === 'enroll') ?? [];
    if (!latest || enrolls.length === 0) return [];
    const rows = await db.query<{ id: string; key: string; status: CampaignStatus }>(
      `select id, key, status from campaigns where id = any($1::uuid[]) and status in ('draft', 'paused')`,
      [enrolls.map((one) => one.campaignId)],
    );
    const idle = enrolls.flatMap(({ path, campaignId }) => {
      const target = rows.find((row) => row.id === campaignId);
      if (!target) return [];
      const standing = target.status === 'draft' ? 'a draft' : 'paused';
      return [{ path: `${path}.campaign`, message: `the campaign ${target.key} is ${standing}; it takes nobody in` }];
    });
    return [...(await this.circles(db, campaign, latest.program)), ...idle];
  }

  /** The keys of other campaigns, not archived, that hand people over to this one. */
  async comingFrom(db: Queryable, id: string): Promise<string[]> {
    const neighbours = await this.neighbours(db);
    return neighbours.filter((row) => row.id !== id && row.targets.includes(id)).map((row) => row.key);
  }

  private async circles(db: Queryable, { id, key }: HandingOver, program: Program): Promise<Fault[]> {
    const neighbours = (await this.neighbours(db)).filter((row) => row.id !== id);
    const keys = new Map([...neighbours.map((row) => [row.id, row.key] as const), [id, key] as const]);
    const others = neighbours.map((row) => [row.id, row.targets] as const);
    return program.instructions.flatMap((one) => {
      if (one.op !== 'enroll') return [];
      const circle = circleFrom(id, new Map([...others, [id, [one.campaignId]]]));
      if (!circle) return [];
      const way = circle.map((on) => keys.get(on) ?? on).join(' -> ');
      return [{ path: `${one.path}.campaign`, message: `leads back to this campaign: ${way}` }];
    });
  }

  /** Campaigns that hand over by their latest version. */
  private neighbours(db: Queryable): Promise<NeighbourRow[]> {
    return db.query<NeighbourRow>(
      `select c.id, c.key, c.status, t.targets from campaigns c
       join campaign_versions v on v.campaign_id = c.id and v.version = c.version
       cross join lateral (
         select array_agg(distinct i ->> 'campaignId') as targets
         from jsonb_array_elements(v.program -> 'instructions') i where i ->> 'op' = 'enroll') t
       where c.status <> 'archived' and t.targets is not null order by c.id`,
    );
  }
}
