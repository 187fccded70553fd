import { BasketIndex } from '../../../src/catalog/domain/basket-index';
import { pairOf } from '../../../src/catalog/domain/pair-ranking';
import { type Figures } from './figure';

export const PRODUCT_FIGURES = {
  affinity: ({ baskets, minOrders }: { baskets: string[][]; minOrders: number }) => {
    const index = new BasketIndex(baskets);
    return [...index.pairs(minOrders)].flatMap(({ a, others, baskets: shared }) =>
      others.map((b, i) => pairOf(index, { a, b, orders: shared[i] ?? 0 })),
    );
  },
} satisfies Figures;
