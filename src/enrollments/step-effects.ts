import { Injectable } from '@nestjs/common';
import { CampaignPrograms, type RunningCampaign } from '../campaigns/campaign-programs';
import { stepName } from '../campaigns/campaign.types';
import { CustomerTags } from '../customers/customer-tags';
import { type Tx } from '../platform/database/database';
import { type Candidate, CustomerEntries } from './customer-entries';
import { insertDecisions, type NewDecision } from './data/decisions.sql';
import { type Advanced, type StepEffect } from './domain/advance';
import { type Loaded } from './engine-facts';
import { StepWebhooks } from './step-webhooks';

/** An enrollment of a claim and what its run came to. */
export interface Result {
  one: Loaded;
  advanced: Advanced;
}

type EffectOf<Kind extends StepEffect['kind']> = Extract<StepEffect, { kind: Kind }>;

/** Carries out what steps do beside mailing, in the transaction that moves their enrollments on; and logs what was decided. */
@Injectable()
export class StepEffects {
  constructor(
    private readonly programs: CampaignPrograms,
    private readonly entries: CustomerEntries,
    private readonly tags: CustomerTags,
    private readonly webhooks: StepWebhooks,
  ) {}

  /** One statement or a few for each kind of effect, whatever the number of enrollments. */
  async carryOut(tx: Tx, results: readonly Result[], now: Date): Promise<void> {
    await this.changeTags(tx, results, now);
    await this.callOut(tx, results);
    await this.handOver(tx, results, now);
    const decisions = results.flatMap(({ one, advanced }) => logged(one, advanced));
    if (decisions.length > 0) await tx.execute(insertDecisions(decisions, now));
  }

  private changeTags(tx: Tx, results: readonly Result[], now: Date): Promise<void> {
    const changes = effectsOf(results, 'tag').map(({ one, effect: { instruction } }) => ({
      customerId: one.row.customer_id,
      add: instruction.add,
      remove: instruction.remove,
      source: `step:${one.row.id}:${instruction.path}`,
    }));
    return this.tags.apply(tx, changes, now);
  }

  private callOut(tx: Tx, results: readonly Result[]): Promise<void> {
    const calls = effectsOf(results, 'webhook').map(({ one, effect: { instruction, dueAt } }) => ({
      enrollmentId: one.row.id,
      campaignId: one.row.campaign_id,
      customerId: one.row.customer_id,
      step: stepName(instruction),
      url: instruction.url,
      dueAt,
      triggerEventId: one.row.trigger_event_id,
      triggerOrderId: one.row.trigger_order_id,
    }));
    return this.webhooks.enqueue(tx, calls);
  }

  /** Into other campaigns, by their own rules; one that no longer runs takes nobody, which the decision then says. */
  private async handOver(tx: Tx, results: readonly Result[], now: Date): Promise<void> {
    const wanted = effectsOf(results, 'enroll');
    if (wanted.length === 0) return;
    const running = new Map<string, RunningCampaign>();
    for (const id of [...new Set(wanted.map(({ effect }) => effect.instruction.campaignId))].sort()) {
      for (const campaign of await this.programs.running(tx, id)) running.set(id, campaign);
    }
    const candidates = wanted.flatMap(({ one, advanced, effect: { instruction } }): Candidate[] => {
      const campaign = running.get(instruction.campaignId);
      if (!campaign) {
        const decision = advanced.decisions.find(({ kind, step }) => kind === 'enroll' && step === instruction.path);
        if (decision) Object.assign(decision, { outcome: 'refused', reason: 'campaign_archived' });
        return [];
      }
      const { customer_id: customerId, trigger_order_id: orderId, trigger_event_id: eventId } = one.row;
      const entryKey = campaign.definition.entry.key === 'order' ? (orderId ?? '') : '';
      return [{ campaign, customerId, entryKey, eventId, orderId }];
    });
    await this.entries.enter(tx, candidates, now);
  }
}

function effectsOf<Kind extends StepEffect['kind']>(
  results: readonly Result[],
  kind: Kind,
): Array<Result & { effect: EffectOf<Kind> }> {
  return results.flatMap((result) =>
    result.advanced.effects.flatMap((effect) =>
      effect.kind === kind ? { ...result, effect: effect as EffectOf<Kind> } : [],
    ),
  );
}

function logged({ row }: Loaded, { decisions }: Advanced): NewDecision[] {
  return decisions.map((decision) => ({
    enrollmentId: row.id,
    customerId: row.customer_id,
    campaignId: row.campaign_id,
    decision,
  }));
}
