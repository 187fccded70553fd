import { type Recommend } from '../../../src/campaigns/campaign.types';
import { type FactsInTime, type Moment } from './facts-in-time';

/** Pairs in fewer baskets are never recommended (definitions, Affinity). */
const PAIR_FLOOR = 3;

/**
 * Whether a mail had anything to recommend at the moment: by the definition, over the baskets that were known. All of
 * the demo's products are active.
 */
export function hasRecommendation(
  facts: FactsInTime,
  { strategy, fallback }: Recommend,
  mail: { customerId: string; orderId: string | null },
  moment: Moment,
): boolean {
  const baskets = facts.allCounting(moment).map((order) => new Set(order.products));
  const ofOrder = facts.facts.orders.find((order) => order.id === mail.orderId);
  const lines = new Set((ofOrder ?? facts.counting(mail.customerId, moment).at(-1))?.products ?? []);
  const bought = new Set([...facts.everCounted(mail.customerId, moment).flatMap((order) => order.products), ...lines]);
  const sold = new Set(baskets.flatMap((basket) => [...basket]));
  const candidates = [...sold].filter((product) => !bought.has(product));
  const together = (a: string, b: string): number => baskets.filter((basket) => basket.has(a) && basket.has(b)).length;
  if (strategy === 'bought_together') {
    const found = candidates.some((product) => [...lines].some((line) => together(line, product) >= PAIR_FLOOR));
    if (found) return true;
  }
  return (strategy === 'bestsellers' || fallback === 'bestsellers') && candidates.length > 0;
}
