import { type Replenishment } from '../../catalog/replenishment';
import { type Instruction } from '../../campaigns/campaign.types';
import { addDuration } from '../../kernel/duration';
import { endOfWait, nextRunTime, type Wait } from './next-run-time';

/** A `wait` that may have an `until`. */
export type WaitInstruction = Extract<Instruction, { op: 'wait' }>;

/** How long a wait `until` `replenish` takes, and what that was decided from. */
export interface ReplenishWait {
  /** When it is over; null: nothing is known of the order's products, and the step says to end there. */
  until: Date | null;
  /** What the time rests on, or `exited`. */
  outcome: Replenishment['basis'] | 'exited';
  values: Readonly<Record<string, unknown>>;
}

/**
 * When a wait until replenishment ends: at the moment at which the order was placed plus the typical days, added in the
 * calendar of the zone, then `at` and `days`. Counted from the order and not from the entry, because the days are those
 * between orders. Where that moment has passed it is over at once (at the next `at` and `days`). Without an order it counts
 * from the plan.
 *
 * @param plan when the wait begins
 */
export function replenishWait(
  instruction: WaitInstruction,
  told: Replenishment,
  plan: Date,
  now: Date,
  zone: string,
): ReplenishWait {
  const { order, days, basis, product, category } = told;
  const values = {
    order: order?.externalId ?? null,
    placedAt: order?.placedAt.toISOString() ?? null,
    ...{ days, basis, product, category },
  };
  if (instruction.fallback === 'exit' && !isOfProducts(told)) return { until: null, outcome: 'exited', values };
  const until = nextRunTime(waitOf(instruction, told, plan, zone), plan, now, zone);
  return { until, outcome: basis, values: { ...values, until: until.toISOString() } };
}

/** When such a wait would end by the plan alone; null where it would end the enrollment. */
export function plannedReplenishWait(
  instruction: WaitInstruction,
  told: Replenishment,
  plan: Date,
  zone: string,
): Date | null {
  if (instruction.fallback === 'exit' && !isOfProducts(told)) return null;
  return endOfWait(waitOf(instruction, told, plan, zone), plan, zone);
}

function isOfProducts({ basis }: Replenishment): boolean {
  return basis === 'product' || basis === 'category';
}

function waitOf({ at, days }: WaitInstruction, told: Replenishment, plan: Date, zone: string): Wait {
  const notBefore = addDuration(told.order?.placedAt ?? plan, inDays(told.days), zone);
  return { for: null, at, days: days ?? null, notBefore };
}

function inDays(days: number): Parameters<typeof addDuration>[1] {
  return { years: 0, months: 0, weeks: 0, days, hours: 0, minutes: 0, seconds: 0 };
}
