import { Injectable } from '@nestjs/common';
import { type Queryable, type Tx } from '../../platform/database/database';
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

const PAIRS_PER_INSERT = 50_000;

/** The tables that recommendations are read from. */
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
    await tx.execute('delete from product_baskets');
    await tx.execute('delete from product_pairs');
    await tx.execute(
      `insert into product_baskets (number, product_external_id, baskets)
       select number - 1, product, baskets from unnest($1::text[], $2::int[]) with ordinality as r (product, baskets, number)`,
      [index.products, [...index.counts]],
    );
    const pairs = { a: [] as number[], b: [] as number[], orders: [] as number[] };
    const flush = async (): Promise<void> => {
      if (pairs.a.length === 0) return;
      await tx.execute(
        `insert into product_pairs (a, b, orders) select * from unnest($1::int[], $2::int[], $3::int[])`,
        [pairs.a, pairs.b, pairs.orders],
      );
      for (const list of Object.values(pairs)) list.length = 0;
    };
    await forEachPartners(index, PAIR_FLOOR, async ({ a, others, baskets }) => {
      others.forEach((b, i) => {
        pairs.a.push(a);
        pairs.b.push(b);
        pairs.orders.push(baskets[i] ?? 0);
      });
      if (pairs.a.length >= PAIRS_PER_INSERT) await flush();
    });
    await flush();
    await tx.execute('update catalog_state set revision = $1, baskets = $2, computed_at = $3', [
      revision,
      index.baskets,
      at,
    ]);
  }
}
