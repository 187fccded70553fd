import { toMinor } from '../../kernel/money';
import { type TierRule } from '../loyalty.types';

/** Revenue for tiers is that of so many days of 24 hours, both ends included. */
export const TIER_YEAR_MS = 365 * 86_400_000;

/** An order that counts now, and what it brought net of refunds. */
export interface CountingOrder {
  placedAt: Date;
  netMinor: number;
}

/** The highest tier whose threshold is reached, and when time alone will next change that. */
export interface TierStanding {
  tier: string | null;
  /** The instant at which orders have left the year that the tier needs; null when time alone changes nothing. */
  changesAt: Date | null;
}

/** Where somebody stands who was given so many points and placed these orders. `tiers` from the lowest to the highest. */
export function tierStanding(
  tiers: readonly TierRule[],
  given: number,
  orders: readonly CountingOrder[],
  now: Date,
  currency: string,
): TierStanding {
  const inYear = orders
    .filter(({ placedAt }) => placedAt <= now && placedAt.getTime() >= now.getTime() - TIER_YEAR_MS)
    .sort((a, b) => a.placedAt.getTime() - b.placedAt.getTime());
  let revenue = inYear.reduce((sum, { netMinor }) => sum + netMinor, 0);
  const tier = tierFor(tiers, given, revenue, currency);
  for (const { placedAt, netMinor } of inYear) {
    revenue -= netMinor;
    if (tierFor(tiers, given, revenue, currency) === tier) continue;
    return { tier, changesAt: new Date(placedAt.getTime() + TIER_YEAR_MS + 1) };
  }
  return { tier, changesAt: null };
}

/** Whether tiers ask for revenue, so that orders are needed. */
export function asksRevenue(tiers: readonly TierRule[]): boolean {
  return tiers.some((tier) => 'atYearlyRevenue' in tier);
}

function tierFor(tiers: readonly TierRule[], given: number, revenue: number, currency: string): string | null {
  const reached = tiers.findLast((tier) =>
    'atPoints' in tier ? given >= tier.atPoints : revenue >= toMinor(tier.atYearlyRevenue, currency),
  );
  return reached?.key ?? null;
}
