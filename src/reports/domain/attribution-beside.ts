import type { Interval } from './proportion-interval';
import type { Verdict } from './verdict';

/** What the lift of the campaign says of revenue. */
export interface IncrementalRevenue {
  incremental: number | null;
  ci: Interval | null;
  verdict: Verdict;
  reasons: readonly string[];
  /** People of the treatment whose window has ended. */
  customers: number;
  window: string;
  epoch: number;
}

/** What a rule credits to a campaign, beside what the campaign changed. */
export interface Beside {
  /** By `last_click`, in the window of the report. */
  attributed: number;
  incremental: number | null;
  incrementalCi: Interval | null;
  verdict: Verdict;
  /** `incremental` / `attributed`; null where either is missing or nothing is credited. */
  share: number | null;
  /** The difference in words. */
  explanation: string;
}

/** Sets credit and effect beside each other, and says in words why they differ. `money` writes an amount. */
export function besideCredit(
  attributed: number,
  effect: IncrementalRevenue,
  money: (amount: number) => string,
): Beside {
  const { incremental, ci, verdict } = effect;
  return {
    attributed,
    incremental,
    incrementalCi: ci,
    verdict,
    share: incremental === null || attributed === 0 ? null : incremental / attributed,
    explanation: [
      `Last click credits ${money(attributed)} to the mails of this campaign: orders that followed a click, whether or not the click was the reason.`,
      ...effectIn(effect, money),
      ...differenceIn(attributed, effect, money),
    ].join(' '),
  };
}

function effectIn(effect: IncrementalRevenue, money: (amount: number) => string): string[] {
  const { incremental, ci, reasons, customers, window, epoch } = effect;
  if (incremental === null) {
    const why = reasons.length > 0 ? `: ${reasons.join(', ')}` : '';
    return [
      `How much of it would not have come without them cannot be told yet, for want of a control group to read${why}.`,
    ];
  }
  const range = ci ? ` (between ${money(ci[0])} and ${money(ci[1])})` : '';
  const caution = reasons.length > 0 ? ` This is not to be relied on: ${reasons.join(', ')}.` : '';
  return [
    `Held against the control group, ${money(incremental)}${range} would not have come without them, from the ${customers} people of epoch ${epoch} whose window of ${window} has ended.${caution}`,
  ];
}

function differenceIn(
  attributed: number,
  { incremental, ci, reasons }: IncrementalRevenue,
  money: (amount: number) => string,
): string[] {
  if (incremental === null || ci === null || reasons.length > 0) return [];
  if (attributed > ci[1]) {
    return [
      `So ${money(attributed - incremental)} or so of the credit went to mails on the way to orders that people would have placed anyway.`,
    ];
  }
  if (attributed < ci[0]) {
    return [`So the mails did more than clicks show: people bought without clicking, or long after.`];
  }
  return [`The credit lies within what the effect may be, so the two do not contradict each other.`];
}

/** Why a value beside the credit is null, by its path: of what the lift does not know, for the reason that it has. */
export function besideUndefinedBecause(
  { incremental, incrementalCi, share }: Beside,
  ofLift: Readonly<Record<string, string>>,
): Record<string, string> {
  const unknown = ofLift['revenueLift.incremental'] ?? 'no_mature_customers';
  return {
    ...(incremental === null ? { 'beside.incremental': unknown } : {}),
    ...(incrementalCi === null
      ? { 'beside.incrementalCi': ofLift['revenueLift.incrementalCi'] ?? 'no_mature_customers' }
      : {}),
    ...(share === null ? { 'beside.share': incremental === null ? unknown : 'nothing_credited' } : {}),
  };
}
