import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { Database, type Tx } from '../platform/database/database';
import { type WrittenCampaign } from './campaign-view';
import { Campaigns, refusingTakenKeys, type Tagged } from './campaigns.service';
import { CampaignsRepository } from './data/campaigns.repository';
import { type MovedStep, planMoves, type StepMapping } from './domain/plan-moves';
import { readMapping } from './domain/read-mapping';
import { InFlightPeople } from './in-flight';

/** What became of the people in flight, in all and by the step that they stood at. */
export interface InFlightAnswer {
  moved: number;
  stayed: number;
  exited: number;
  steps: MovedStep[];
}

/** A campaign just written, and the people in it moved to its new version. */
export interface MovedCampaign extends WrittenCampaign {
  inFlight: InFlightAnswer;
}

/** Changes of a live campaign that take the people in it along. */
@Injectable()
export class LiveChanges {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly campaigns: Campaigns,
    private readonly repository: CampaignsRepository,
    private readonly people: InFlightPeople,
    private readonly audit: AuditLog,
  ) {}

  /**
   * As `Campaigns.replace`, and everybody in an earlier version goes on in the new one: by the body's `mapping` from step
   * names to step names or `exit`, else at the step of the same name. They keep their plan; waits are not begun anew. A
   * definition that is live already only takes people along.
   * @throws Refusal 404, 409, 412, 422; also where a step with people is neither mapped nor in the new version.
   */
  async replaceMoving(ref: string, body: unknown, ifMatch: string | undefined): Promise<Tagged<MovedCampaign>> {
    return refusingTakenKeys(() => this.database.transaction((tx) => this.replaceMovingIn(tx, ref, body, ifMatch)));
  }

  /** As {@link replaceMoving}, in the transaction of somebody else. */
  async replaceMovingIn(
    tx: Tx,
    ref: string,
    body: unknown,
    ifMatch: string | undefined,
  ): Promise<Tagged<MovedCampaign>> {
    const { definition, mapping, faults } = readMapping(body);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const { campaign, revision } = await this.campaigns.replaceIn(tx, ref, definition, ifMatch);
    const inFlight = await this.move(tx, campaign, mapping);
    return { campaign: { ...campaign, inFlight }, revision };
  }

  private async move(tx: Tx, { id, liveVersion }: WrittenCampaign, mapping: StepMapping): Promise<InFlightAnswer> {
    const versions = new Map(
      (await this.repository.programs(tx, id)).map(({ version, program }) => [version, program] as const),
    );
    const next = liveVersion === null ? undefined : versions.get(liveVersion);
    if (liveVersion === null || !next) return { moved: 0, stayed: 0, exited: 0, steps: [] };
    versions.delete(liveVersion);
    const standing = (await this.people.kept.standing(tx, id)).filter(({ version }) => version !== liveVersion);
    const { faults, moves, steps } = planMoves(standing, versions, next, mapping);
    if (faults.length > 0) throw Refusal.invalid(faults, 'It is not clear where the people in flight should go.');
    if (moves.length === 0) return { moved: 0, stayed: 0, exited: 0, steps };
    await this.people.kept.move(tx, id, liveVersion, moves, this.clock.now());
    const sum = (of: 'moved' | 'stayed' | 'exited'): number => steps.reduce((total, step) => total + step[of], 0);
    const answer = { moved: sum('moved'), stayed: sum('stayed'), exited: sum('exited'), steps };
    await this.audit.record(tx, {
      action: 'campaign.move',
      resource: `campaign:${id}`,
      after: { version: liveVersion, mapping, ...answer },
    });
    return answer;
  }
}
