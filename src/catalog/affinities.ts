import { Injectable } from '@nestjs/common';
import { Refusal } from '../kernel/errors';
import { decodeCursor, encodeCursor } from '../platform/http/page';
import { type PairSort, type ProductPair } from './catalog.types';
import { BasketReader, forEachPartners, type SqlReader } from './data/basket-reader';
import { type BasketIndex } from './domain/basket-index';
import { FirstPairs, liftOf, pairOf, type RankedPair } from './domain/pair-ranking';

export interface PairsQuestion {
  limit: number;
  cursor?: string;
  /** Pairs in fewer baskets are left out. */
  minOrders: number;
  sort: PairSort;
  /** Default: the orders as they count now. */
  asOf?: Date;
}

export interface PairsPage {
  items: ProductPair[];
  nextCursor: string | null;
  /** Counting orders that the figures are of. */
  baskets: number;
}

/** Which products are bought together, over all products, inactive and unknown ones too. */
@Injectable()
export class Affinities {
  constructor(private readonly reader: BasketReader) {}

  /**
   * Counts all pairs of products in the counting orders, exactly (definitions, Affinity), always from the orders as they
   * are: 300,000 order lines take about a second. Sorted by baskets or by lift, descending; equals by product ids.
   *
   * @throws Refusal (422) for a cursor of another list
   */
  async pairs(db: SqlReader, { limit, cursor, minOrders, sort, asOf }: PairsQuestion): Promise<PairsPage> {
    const index = await this.reader.read(db, asOf);
    const first = new FirstPairs(limit + 1, cursor === undefined ? undefined : afterOf(cursor, index));
    await forEachPartners(index, minOrders, ({ a, others, baskets }) => {
      others.forEach((b, i) => {
        const orders = baskets[i] ?? 0;
        first.add({ a, b, orders, score: sort === 'orders' ? orders : liftOf(index, a, b, orders) });
      });
    });
    const pairs = first.sorted();
    const shown = pairs.slice(0, limit);
    const last = shown.at(-1);
    return {
      items: shown.map((pair) => pairOf(index, pair)),
      nextCursor: last && pairs.length > limit ? cursorOf(last, index) : null,
      baskets: index.baskets,
    };
  }
}

function cursorOf({ score, a, b }: RankedPair, index: BasketIndex): string {
  return encodeCursor([String(score), index.products[a] ?? '', index.products[b] ?? '']);
}

function afterOf(cursor: string, index: BasketIndex): RankedPair {
  const [score = '', a = '', b = ''] = decodeCursor(cursor, 3);
  if (!Number.isFinite(Number(score)) || score === '') {
    throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list; start again without it' }]);
  }
  return { score: Number(score), a: index.placeOf(a), b: index.placeOf(b), orders: 0 };
}
