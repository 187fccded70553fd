import { Injectable } from '@nestjs/common';
import { type Fault, Refusal } from '../kernel/errors';
import { Database } from '../platform/database/database';
import { inOrder } from './campaign-view';
import { Campaigns } from './campaigns.service';
import { CampaignsRepository } from './data/campaigns.repository';
import { diffSteps, type StepsDiff } from './domain/diff-steps';
import { diffValues, type FieldChange } from './domain/diff-values';

/** What a later version says otherwise than an earlier one (or the other way round). */
export interface VersionsDiff {
  from: number;
  to: number;
  /** Of everything but the steps, by path. */
  fields: FieldChange[];
  steps: StepsDiff;
}

/** Compared as a whole: half a condition or half a trigger means nothing. */
const WHOLE = new Set(['audience', 'exitWhen', 'trigger']);

/** The difference between two versions of a campaign, as data. */
@Injectable()
export class CampaignDiff {
  constructor(
    private readonly database: Database,
    private readonly campaigns: Campaigns,
    private readonly repository: CampaignsRepository,
  ) {}

  /** @throws Refusal 404, 422 for versions that do not exist. */
  async between(ref: string, from: number, to: number): Promise<VersionsDiff> {
    const { id } = await this.campaigns.require(this.database, ref);
    const [before, after] = [
      await this.repository.version(this.database, id, from),
      await this.repository.version(this.database, id, to),
    ];
    if (!before || !after) {
      const faults: Fault[] = [];
      if (!before) faults.push({ path: 'from', message: `there is no version ${from}` });
      if (!after) faults.push({ path: 'to', message: `there is no version ${to}` });
      throw Refusal.invalid(faults);
    }
    const { steps: oldSteps, ...oldFields } = inOrder(before.definition);
    const { steps: newSteps, ...newFields } = inOrder(after.definition);
    return { from, to, fields: diffValues(oldFields, newFields, WHOLE), steps: diffSteps(oldSteps, newSteps) };
  }
}
