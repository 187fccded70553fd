/** What a time to replenish is of: one product, a category, or all orders of the shop. */
export const REPLENISH_SCOPES = ['product', 'category', 'shop'] as const;
export type ReplenishScope = (typeof REPLENISH_SCOPES)[number];

/** What a time rests on; `default`: the shop has too little history for any. */
export type ReplenishBasis = ReplenishScope | 'default';

/** Where nothing is known. */
export const DEFAULT_REPLENISH_DAYS = 30;

/** One product of an order; its category as the order's line says, else as the catalogue does. */
export interface OrderProduct {
  product: string;
  category: string | null;
}

/** An order that something is to be replenished of. */
export interface ReplenishOrder {
  externalId: string;
  placedAt: Date;
  products: readonly OrderProduct[];
}

/** When something of an order is typically bought again. */
export interface Replenishment {
  /** The order that the days count from; null: the customer has none. */
  order: { externalId: string; placedAt: Date } | null;
  days: number;
  basis: ReplenishBasis;
  /** The product of the order that is needed first, where the time is its own or its category's. */
  product: string | null;
  category: string | null;
}

/** The typical days of a product, a category or (key `''`) the shop; undefined: not known. */
export type DaysOf = (scope: ReplenishScope, key: string) => number | undefined;

/**
 * The time to replenish of an order: of each product its own time, else its category's; of these the shortest, since that
 * is what is needed first (equal ones: a product's own before a category's, then by id). Where none is known the shop's
 * time between orders, and without that thirty days.
 */
export function replenishmentOf(order: ReplenishOrder | null, daysOf: DaysOf): Replenishment {
  const from = order && { externalId: order.externalId, placedAt: order.placedAt };
  const [first] = (order?.products ?? []).flatMap((one) => known(one, daysOf)).sort(soonest);
  if (first) return { order: from, ...first };
  const days = daysOf('shop', '');
  const nothing = { order: from, product: null, category: null };
  return days === undefined
    ? { ...nothing, days: DEFAULT_REPLENISH_DAYS, basis: 'default' }
    : { ...nothing, days, basis: 'shop' };
}

type Known = Omit<Replenishment, 'order'> & { product: string };

function known({ product, category }: OrderProduct, daysOf: DaysOf): Known[] {
  const own = daysOf('product', product);
  if (own !== undefined) return [{ days: own, basis: 'product', product, category: null }];
  const shared = category === null ? undefined : daysOf('category', category);
  return shared === undefined ? [] : [{ days: shared, basis: 'category', product, category }];
}

function soonest(a: Known, b: Known): number {
  if (a.days !== b.days) return a.days - b.days;
  if (a.basis !== b.basis) return a.basis === 'product' ? -1 : 1;
  return a.product < b.product ? -1 : 1;
}

/** A time that was in force for a while; instants in ms since the epoch. */
export interface ReplenishSpell {
  scope: ReplenishScope;
  key: string;
  days: number;
  since: number;
  /** Null: it still is. */
  until: number | null;
}

/** The times that were in force at any instant of a period. */
export class ReplenishPast {
  private readonly spells = new Map<string, ReplenishSpell[]>();

  constructor(spells: readonly ReplenishSpell[]) {
    for (const spell of spells) {
      const name = nameOf(spell.scope, spell.key);
      const own = this.spells.get(name);
      if (own) own.push(spell);
      else this.spells.set(name, [spell]);
    }
  }

  /** Those in force at an instant; what is worked out at that very instant is. */
  at(instant: number): DaysOf {
    return (scope, key) =>
      this.spells
        .get(nameOf(scope, key))
        ?.find(({ since, until }) => since <= instant && (until === null || instant < until))?.days;
  }
}

function nameOf(scope: ReplenishScope, key: string): string {
  return `${scope} ${key}`;
}
