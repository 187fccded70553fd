import { type ConsentWord } from '../customers.types';

/**
 * Whether a shop's word lifts an unsubscribe that the person made: only `subscribed` with a `source` and an `at` that
 * is later than the unsubscribe (`api.md` 3, Consent). A stamp in the future proves nothing beyond `now`: it could
 * otherwise lift an unsubscribe that is yet to come.
 */
export function provesConsentAfter(word: ConsentWord | null | undefined, unsubscribedAt: Date, now: Date): boolean {
  if (word?.status !== 'subscribed' || !word.at || !word.source?.trim()) return false;
  const at = word.at > now ? now : word.at;
  return at > unsubscribedAt;
}
