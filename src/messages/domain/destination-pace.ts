/**
 * How fast a destination group that pushed back may be written to, by all workers together. A group that never did has none:
 * the connections of the pool are its only bound.
 */
export interface DestinationPace {
  /** Mails under way at once. */
  concurrency: number;
  perMinute: number;
  /** What `perMinute` grows by in a round. */
  raiseBy: number;
  /** Mails that may be taken up at `tokensAt`; more come by `perMinute`. */
  tokens: number;
  tokensAt: Date;
  /** Nothing goes there before. */
  closedUntil: Date;
  /** In a row, without a mail taken between them. */
  pushBacks: number;
  pushedBackAt: Date;
  /** Mails accepted since concurrency, and since the rate, was last raised. */
  clean: number;
  cleanRate: number;
}

/** What workers saw of a group since they last told. */
export interface Seen {
  accepted: number;
  /** Answers that asked for less (421, 4.7.28). */
  pushBacks: number;
  /** Mails that this worker had under way, and had handed over in the last minute, when it was pushed back. */
  inFlight: number;
  lastMinute: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LONGEST_CLOSE_MS = 30 * MINUTE_MS;
const LEAST_PER_MINUTE = 6;
/** Share of the rate at the push-back by which a round raises it: ten rounds from the half to the whole. */
const RAISE = 0.05;
/** A limit that is this far above what really happens binds nothing; a push-back then halves what happens. */
const SLACK = 2;

/**
 * The pace after what was seen (AIMD, as in TCP's congestion avoidance). Pure.
 *
 * A push-back halves concurrency and rate, once however many mails heard it: those that come while the group is closed
 * belong to the same burst. It closes the group for a minute, doubled with each push-back in a row, half an hour at most.
 * A round without one raises: concurrency by one for as many accepted mails, the rate by a twentieth of what it was for
 * as many mails as a minute allows.
 */
export function nextPace(pace: DestinationPace | undefined, seen: Seen, now: Date): DestinationPace | undefined {
  if (seen.pushBacks > 0 && !(pace && now < pace.closedUntil)) return pushedBack(pace, seen, now);
  return pace && seen.accepted > 0 ? raised(pace, seen.accepted) : pace;
}

/** Whether the pace may be forgotten: a day without a push-back. */
export function isOver(pace: DestinationPace, now: Date): boolean {
  return now.getTime() - pace.pushedBackAt.getTime() >= DAY_MS;
}

/** Mails that may be taken up at `now`, while `leased` of the group are under way. */
export function allowance(pace: DestinationPace, leased: number, now: Date): number {
  if (now < pace.closedUntil) return 0;
  return Math.max(0, Math.min(pace.concurrency - leased, Math.floor(tokensAt(pace, now))));
}

/** What `taken` mails leave of the tokens. */
export function spend(pace: DestinationPace, taken: number, now: Date): Pick<DestinationPace, 'tokens' | 'tokensAt'> {
  return { tokens: tokensAt(pace, now) - taken, tokensAt: later(pace.tokensAt, now) };
}

/** When the next mail may be taken up as far as closing and rate go. */
export function opensAt(pace: DestinationPace, now: Date): Date {
  const missing = 1 - tokensAt(pace, now);
  const refilled = new Date(now.getTime() + Math.ceil((Math.max(0, missing) / pace.perMinute) * MINUTE_MS));
  return missing > 0 ? later(refilled, later(pace.closedUntil, now)) : later(pace.closedUntil, now);
}

function pushedBack(pace: DestinationPace | undefined, seen: Seen, now: Date): DestinationPace {
  const inFlight = Math.max(1, seen.inFlight);
  const lastMinute = Math.max(LEAST_PER_MINUTE, seen.lastMinute);
  const concurrency = pace && pace.concurrency <= inFlight * SLACK ? pace.concurrency : inFlight;
  const rate = pace && pace.perMinute <= lastMinute * SLACK ? pace.perMinute : lastMinute;
  const pushBacks = (pace && seen.accepted === 0 && pace.clean === 0 ? pace.pushBacks : 0) + 1;
  const closedUntil = new Date(now.getTime() + Math.min(MINUTE_MS * 2 ** (pushBacks - 1), LONGEST_CLOSE_MS));
  return {
    concurrency: Math.max(1, Math.floor(concurrency / 2)),
    perMinute: Math.max(LEAST_PER_MINUTE, Math.floor(rate / 2)),
    raiseBy: Math.max(1, Math.round(rate * RAISE)),
    tokens: 1,
    tokensAt: closedUntil,
    closedUntil,
    pushBacks,
    pushedBackAt: now,
    clean: 0,
    cleanRate: 0,
  };
}

function raised(pace: DestinationPace, accepted: number): DestinationPace {
  let { concurrency, perMinute } = pace;
  let clean = pace.clean + accepted;
  let cleanRate = pace.cleanRate + accepted;
  for (; clean >= concurrency; concurrency++) clean -= concurrency;
  for (; cleanRate >= perMinute; perMinute += pace.raiseBy) cleanRate -= perMinute;
  return { ...pace, concurrency, perMinute, clean, cleanRate, pushBacks: 0 };
}

/** Filled by the rate, ten seconds of it at the most, so that a pause is not followed by a burst. */
function tokensAt(pace: DestinationPace, now: Date): number {
  const passed = Math.max(0, now.getTime() - pace.tokensAt.getTime());
  return Math.min(Math.max(1, pace.perMinute / 6), pace.tokens + (passed / MINUTE_MS) * pace.perMinute);
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}
