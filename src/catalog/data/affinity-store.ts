import { Injectable } from '@nestjs/common';
import { type Queryable, type Sql, type Tx } from '../../platform/database/database';
import { type BasketIndex } from '../domain/basket-index';
import { forEachPartners } from './basket-reader';

/** How far the stored affinities are behind the orders. */
export interface AffinityState {
  ordersRevision: number;
  revision: number;
  baskets: number;
  computedAt: Date | null;
}

/** Pairs in fewer baskets are never recommended (definitions, Affinity), so they are not stored. */
export const PAIR_FLOOR = 3;

const NUMBERS_PER_INSERT = 200_000;

/** The table that recommendations are read from. */
@Injectable()
export class AffinityStore {
  async state(db: Queryable): Promise<AffinityState> {
    const [row] = await db.query<AffinityState>(
      `select o.revision as "ordersRevision", c.revision, c.baskets, c.computed_at as "computedAt"
       from orders_state o cross join catalog_state c`,
    );
    return row ?? { ordersRevision: 0, revision: 0, baskets: 0, computedAt: null };
  }

  /** Only one process computes at a time; the others go on with what there is. */
  async tryLock(tx: Tx): Promise<boolean> {
    const [row] = await tx.query<{ taken: boolean }>(
      `select pg_try_advisory_xact_lock(hashtextextended('ritorno.affinities', 0)) as taken`,
    );
    return row?.taken ?? false;
  }

  /** Replaces everything. Readers see the old until the transaction commits. */
  async replace(tx: Tx, index: BasketIndex, revision: number, at: Date): Promise<void> {
    const partners = index.products.map((): number[] => []);
    const shared = index.products.map((): number[] => []);
    const add = (number: number, other: number, orders: number): void => {
      partners[number]?.push(other);
      shared[number]?.push(orders);
    };
    await forEachPartners(index, PAIR_FLOOR, ({ a, others, baskets }) => {
      others.forEach((b, i) => {
        add(a, b, baskets[i] ?? 0);
        add(b, a, baskets[i] ?? 0);
      });
    });
    await tx.execute('delete from product_baskets');
    for (let from = 0; from < index.products.length;) {
      let to = from;
      for (let size = 0; to < index.products.length && size < NUMBERS_PER_INSERT; to++)
        size += 1 + (partners[to]?.length ?? 0);
      await tx.execute(insertProducts(index, partners, shared, from, to));
      from = to;
    }
    await tx.execute('update catalog_state set revision = $1, baskets = $2, computed_at = $3', [
      revision,
      index.baskets,
      at,
    ]);
  }
}

function insertProducts(index: BasketIndex, partners: number[][], shared: number[][], from: number, to: number): Sql {
  const literal = (numbers: number[]): string => `{${numbers.join(',')}}`;
  return {
    text: `
      insert into product_baskets (number, product_external_id, baskets, partners, shared)
      select $1 + place - 1, product, baskets, partners::int[], shared::int[]
      from unnest($2::text[], $3::int[], $4::text[], $5::text[]) with ordinality as r (product, baskets, partners, shared, place)`,
    values: [
      from,
      index.products.slice(from, to),
      [...index.counts.subarray(from, to)],
      partners.slice(from, to).map(literal),
      shared.slice(from, to).map(literal),
    ],
  };
}
