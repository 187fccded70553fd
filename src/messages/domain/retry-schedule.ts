import { uniform } from '../../kernel/hash';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Waits after the first, second, ... temporary refusal; then four-hourly (RFC 5321, 4.5.4.1 asks for patience). */
const REFUSAL_WAITS = [5, 15, 30, 60, 120, 240].map((minutes) => minutes * MINUTE_MS);
const JITTER = 0.2;
/** Retries end this long after the first try, however long the step would be useful. */
const LONGEST_RETRY_MS = 24 * HOUR_MS;
/** Waits after the first, second, ... connection that broke before the final dot. The first is free: it costs nobody. */
const LOSS_WAITS = [0, 30_000, MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS];

/**
 * How long to wait after temporary refusal number `attempt` (from 1), in ms: the scheduled wait and up to 20 % more, by
 * hash, so that what was refused together does not come back together and a replay comes out the same.
 */
export function waitAfterRefusal(messageId: string, attempt: number): number {
  const wait = REFUSAL_WAITS[Math.min(attempt, REFUSAL_WAITS.length) - 1] ?? REFUSAL_WAITS[0] ?? 0;
  return Math.round(wait * (1 + JITTER * uniform(`${messageId}:retry:${attempt}`)));
}

/** How long to wait after lost connection number `losses` (from 1) of the same message, in ms. */
export function waitAfterLoss(losses: number): number {
  return LOSS_WAITS[Math.min(losses, LOSS_WAITS.length) - 1] ?? 0;
}

/** Until when a message may be tried again: the end of the step's usefulness, 24 hours after the first try at most. */
export function retriesEndAt(firstTriedAt: Date, expiresAt: Date): Date {
  return new Date(Math.min(expiresAt.getTime(), firstTriedAt.getTime() + LONGEST_RETRY_MS));
}
