/** One person in a campaign, as the generator knows them from outside and inside. */
export interface Entrant {
  enteredAt: Date;
  arm: 'treatment' | 'holdout';
  /** When the first mail was sent; null when it never came to that. */
  firstMailAt: Date | null;
  response: { buys: boolean; delayMs: number };
  /** Orders of the person with what brought them: a campaign's key, or null for their own accord. */
  orders: ReadonlyArray<{ placedAt: Date; because: string | null }>;
}

/**
 * The generator's true effect of a campaign, in share of people: the mean over those in its treatment arm of "buys within
 * the window if mailed" minus "buys within the window if not". Both are known, because the generator fixed every shopper's
 * answer beforehand (potential outcomes, Rubin 1974). Over the treatment arm alone, which the draw made alike: when the
 * contact policy would have let their mails go is known of nobody else (held-out mails use no cap).
 */
export function trueEffect(campaign: string, entrants: readonly Entrant[], windowMs: number): number | null {
  const treated = entrants.filter(({ arm }) => arm === 'treatment');
  if (treated.length === 0) return null;
  const sum = treated.reduce((total, entrant) => total + individualEffect(campaign, entrant, windowMs), 0);
  return sum / treated.length;
}

function individualEffect(campaign: string, entrant: Entrant, windowMs: number): number {
  const from = entrant.enteredAt.getTime();
  const inWindow = (at: number): boolean => at > from && at <= from + windowMs;
  // The order that brought somebody in was placed before the entry, so the window leaves it out by itself.
  const anyway = entrant.orders.some((order) => order.because !== campaign && inWindow(order.placedAt.getTime()));
  if (anyway || !entrant.response.buys || !entrant.firstMailAt) return 0;
  return inWindow(entrant.firstMailAt.getTime() + entrant.response.delayMs) ? 1 : 0;
}
