import { Injectable } from '@nestjs/common';
import { Coupons, type CouponWish, type PoolNow } from '../incentives/coupons';
import { type Tx } from '../platform/database/database';
import { type Decision, type EmailEffect } from './domain/advance';
import { type Loaded } from './engine-facts';
import { type Result } from './step-effects';

interface Wanting {
  one: Loaded;
  effect: EmailEffect;
  decision: Decision | undefined;
  wish: CouponWish;
}

/** Gives codes to the mails of a claim. The control gets none: a code for a mail that is held out would be lost to others. */
@Injectable()
export class StepCoupons {
  constructor(private readonly coupons: Coupons) {}

  /**
   * Gives each mail that goes out and wants a code its own, in sets. Where the pool is exhausted its rule decides: the mail
   * is skipped, and the decision that is logged says so, or it goes without.
   */
  async give(tx: Tx, results: readonly Result[], now: Date): Promise<void> {
    const wanting = results.flatMap(wantingOf);
    if (wanting.length === 0) return;
    const wishes = wanting.map(({ wish }) => wish);
    const pools = wanting[0]?.one.pools ?? new Map<string, PoolNow>();
    const given = await this.coupons.give(tx, pools, wishes, now);
    for (const [i, { effect, decision, wish }] of wanting.entries()) {
      const answer = given[i];
      const pool = pools.get(wish.poolId);
      if (answer?.outcome === 'given') effect.coupon = { id: answer.couponId, messageId: answer.messageId };
      if (answer?.outcome === 'none') withoutCode(effect, decision, pool);
      if (decision)
        decision.values = { ...decision.values, pool: pool?.key ?? null, coupon: answer?.outcome ?? 'none' };
    }
  }
}

function wantingOf({ one, advanced }: Result): Wanting[] {
  return advanced.effects.flatMap((effect): Wanting[] => {
    if (effect.kind !== 'email' || effect.decision.status !== 'queued') return [];
    const { couponPoolId, key } = effect.instruction;
    if (couponPoolId === undefined) return [];
    const { id, customer_id: customerId, campaign_id: campaignId } = one.row;
    return [
      {
        one,
        effect,
        decision: advanced.decisions.find(({ kind, step }) => kind === 'email' && step === key),
        wish: {
          poolId: couponPoolId,
          customerId,
          enrollmentId: id,
          campaignId,
          step: key,
          zone: one.facts.zone,
        },
      },
    ];
  });
}

/** A pool that is gone gives nothing, and its mails promise what it gave: they are skipped. */
function withoutCode(effect: EmailEffect, decision: Decision | undefined, pool: PoolNow | undefined): void {
  if (pool?.whenExhausted === 'send_without') return;
  effect.decision = { status: 'skipped', reason: 'no_coupon' };
  if (decision) Object.assign(decision, { outcome: 'skipped', reason: 'no_coupon' });
}
