import { Injectable } from '@nestjs/common';
import { newId } from '../kernel/ids';
import { byVersion } from '../kernel/versioned';
import { type Tx } from '../platform/database/database';
import { type ProductOp } from './catalog.types';
import { loadProducts, saveProducts } from './data/products.sql';
import { applyProduct, newProductState, type ProductState } from './domain/product-state';

/** The one way in which products come in. */
@Injectable()
export class CatalogIngest {
  /**
   * Works off a batch of ops inside the caller's transaction in two statements. Each field keeps the version of the op
   * that last set it; order and repetition do not matter. A product nobody knew is made.
   *
   * @param at the clock's now
   */
  async applyBatch(tx: Tx, ops: readonly ProductOp[], at: Date): Promise<void> {
    if (ops.length === 0) return;
    const externalIds = [...new Set(ops.map((op) => op.externalId))];
    const known = await tx.query<ProductState>(loadProducts(externalIds));
    const stored = new Map(known.map((product) => [product.externalId, product]));
    const states = new Map(stored);
    for (const op of [...ops].sort((a, b) => byVersion(a.version, b.version))) {
      const state = states.get(op.externalId) ?? newProductState(newId(at), op.externalId);
      states.set(op.externalId, applyProduct(state, op));
    }
    const changed = [...states.values()].filter((state) => stored.get(state.externalId) !== state);
    if (changed.length > 0) await tx.execute(saveProducts(changed, at));
  }
}
