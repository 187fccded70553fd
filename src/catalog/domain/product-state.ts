import { type FieldVersions, isLater, versionKey } from '../../kernel/versioned';
import { type ProductOp } from '../catalog.types';

/** A product as the merge sees it. */
export interface ProductState {
  id: string;
  externalId: string;
  name: string | null;
  category: string | null;
  price: string | null;
  url: string | null;
  imageUrl: string | null;
  active: boolean;
  versions: FieldVersions;
}

export function newProductState(id: string, externalId: string): ProductState {
  return {
    id,
    externalId,
    name: null,
    category: null,
    price: null,
    url: null,
    imageUrl: null,
    active: true,
    versions: {},
  };
}

const FIELDS = ['name', 'category', 'price', 'url', 'imageUrl', 'active'] as const;

/**
 * Lays what an event says over a product, each field by its own version; commutative and idempotent. Returns the same
 * object when nothing changes.
 */
export function applyProduct(before: ProductState, op: ProductOp): ProductState {
  const key = versionKey(op.version);
  const taken = FIELDS.filter((field) => op[field] !== undefined && isLater(key, before.versions[field]));
  if (taken.length === 0) return before;
  return {
    ...before,
    ...Object.fromEntries(taken.map((field) => [field, op[field]])),
    versions: { ...before.versions, ...Object.fromEntries(taken.map((field) => [field, key])) },
  };
}
