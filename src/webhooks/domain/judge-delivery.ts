import { type PostOutcome } from '../../platform/outbox/retry-schedule';

/** Accepted, to be tried again, or never again: the receiver says that it is gone. */
export type DeliveryVerdict = 'accepted' | 'again' | 'gone';

const GONE = 410;

/**
 * What an answer means for an endpoint. Other than with a webhook step everything but 2xx and 410 is tried again: a
 * wrong address, key or route is mended at the receiver, and until then nothing should be lost.
 */
export function judgeDelivery(outcome: PostOutcome): DeliveryVerdict {
  if (outcome.kind === 'unreachable') return 'again';
  if (outcome.status >= 200 && outcome.status < 300) return 'accepted';
  return outcome.status === GONE ? 'gone' : 'again';
}

/** After so long without a single success an endpoint is switched off. */
export const PATIENCE_DAYS = 5;
const PATIENCE_MS = PATIENCE_DAYS * 86_400_000;

/**
 * Whether a failure is the last straw: nothing was accepted for five days, and what failed now had failed before. So an
 * endpoint that was mended while nothing happened gets a second try of the first new event.
 *
 * @param attempts tries of this delivery, this one among them
 */
export function isLastStraw(failingSince: Date | null, attempts: number, now: Date): boolean {
  return failingSince !== null && attempts > 1 && now.getTime() - failingSince.getTime() >= PATIENCE_MS;
}

const ADDRESS = /[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g;
const SECRET = /\b(?:whsec_|Bearer\s+|Basic\s+)\S+|[A-Za-z0-9+/_=-]{40,}/g;

/** The beginning of an answer as it may be shown: without addresses and without what looks like a credential. */
export function shownAnswer(excerpt: string): string {
  return excerpt.replace(SECRET, '[redacted]').replace(ADDRESS, '[address]');
}
