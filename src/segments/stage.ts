import { daysBetween } from '../kernel/local-time';

/** Exactly one of these is a customer's stage. */
export const STAGES = ['prospect', 'recent', 'repeat', 'lapsed'] as const;
export type Stage = (typeof STAGES)[number];

/** Why a stage changed. Only `order`, `refund` (a cancel too) and `time` start campaigns. */
export const STAGE_CAUSES = ['order', 'refund', 'time', 'threshold', 'import', 'merge'] as const;
export type StageCause = (typeof STAGE_CAUSES)[number];

/** The lifecycle setting in force. */
export interface LifecycleRules {
  /** Calendar days of silence; one more and the customer is lapsed. */
  thresholdDays: number;
  /** Counting orders from which a customer is a repeat one. */
  repeatMinOrders: number;
}

/** What a stage is decided from. */
export interface StageFacts {
  /** Counting orders. */
  orderCount: number;
  /** Calendar day of the last of them in the store's zone, `YYYY-MM-DD`; null without any. */
  lastDay: string | null;
}

/** The stage at the end of the calendar day `day` (`definitions.md`, Stage). */
export function stageOn({ orderCount, lastDay }: StageFacts, day: string, rules: LifecycleRules): Stage {
  if (orderCount === 0 || lastDay === null) return 'prospect';
  if (daysBetween(lastDay, day) > rules.thresholdDays) return 'lapsed';
  return orderCount < rules.repeatMinOrders ? 'recent' : 'repeat';
}
