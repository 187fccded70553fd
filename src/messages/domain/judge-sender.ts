import { type PauseReason } from './sender-faults';

/** What came of the mails of one sending domain in the window. */
export interface SenderFigures {
  sent: number;
  complaints: number;
  /** Addresses that do not exist. */
  hardBounces: number;
  /** Mails that were refused for the sender's sake (5.7.x). */
  refusals: number;
}

/** Fewer mails than this say nothing. */
const LEAST_SENT = 200;
/** Each rate with the least number of cases that makes it one: the rate of complaints at which Gmail and Yahoo act. */
const LIMITS: ReadonlyArray<{ reason: PauseReason; count: keyof SenderFigures; share: number; least: number }> = [
  { reason: 'complaints', count: 'complaints', share: 0.003, least: 3 },
  { reason: 'hard_bounces', count: 'hardBounces', share: 0.05, least: 20 },
  { reason: 'refusals', count: 'refusals', share: 0.1, least: 20 },
];

/** Why a sending domain must be held back, by its figures of the last day; undefined when it need not. Pure. */
export function judgeSender(figures: SenderFigures): PauseReason | undefined {
  const tried = figures.sent + figures.refusals;
  if (tried < LEAST_SENT) return undefined;
  return LIMITS.find(({ count, share, least }) => figures[count] >= least && figures[count] > share * tried)?.reason;
}
