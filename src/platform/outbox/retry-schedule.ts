import { uniform } from '../../kernel/hash';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses before the second, third, ... try, as the Standard Webhooks specification proposes: about three days in all. */
const PAUSES_MS = [
  ...[5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR],
  ...[5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
];
/** A receiver may ask for patience, but not for more than this. */
const LONGEST_MS = 24 * HOUR;
const JITTER = 0.2;

/** What became of a try. */
export type PostOutcome =
  /** The receiver answered; `excerpt` is the beginning of what it said. */
  | { kind: 'answered'; status: number; retryAfterMs: number | null; excerpt: string }
  /** No answer: nobody there, too slow, a bad certificate, or an address that must not be asked. */
  | { kind: 'unreachable'; error: string; forGood: boolean };

/** Accepted, to be tried again, or given up. */
export type PostVerdict = 'accepted' | 'again' | 'refused';

/**
 * What an outcome means. Accepted: 2xx. Again: no answer, 408, 425, 429, 5xx. Refused for good: every other answer,
 * redirects among them, which are not followed because nobody has checked where they lead.
 */
export function judgePost(outcome: PostOutcome): PostVerdict {
  if (outcome.kind === 'unreachable') return outcome.forGood ? 'refused' : 'again';
  const { status } = outcome;
  if (status >= 200 && status < 300) return 'accepted';
  return status >= 500 || status === 408 || status === 425 || status === 429 ? 'again' : 'refused';
}

/**
 * When to try again after `attempts` tries: the pause of the schedule, a fifth of jitter on top (always the same for the
 * same `id` and try), or what the receiver asked for if that is longer. Null: it was the last try.
 */
export function nextTryAt(id: string, attempts: number, now: Date, retryAfterMs: number | null): Date | null {
  const pause = PAUSES_MS[attempts - 1];
  if (pause === undefined) return null;
  const wait = pause * (1 + JITTER * uniform(`${id}:${attempts}`));
  return new Date(now.getTime() + Math.round(Math.max(wait, Math.min(retryAfterMs ?? 0, LONGEST_MS))));
}
