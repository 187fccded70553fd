import { type Version } from '../kernel/versioned';
import { type CustomerMerge } from './personal-data';

export const CONSENT_STATUSES = ['subscribed', 'pending', 'unsubscribed', 'none'] as const;
export type ConsentStatus = (typeof CONSENT_STATUSES)[number];

/** What a shop says about a person's consent, with its proof. A unit: it is set whole or not at all. */
export interface ConsentWord {
  status: ConsentStatus;
  source?: string | null;
  at?: Date | null;
  ip?: string | null;
  text?: string | null;
  topics?: Record<string, unknown>;
}

/** Fields of a customer that an event sets. Absent: left alone; null: cleared (`api.md` 3, Merging). */
export interface CustomerPatch {
  /** Normalised (`kernel/address`). */
  email?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  locale?: string | null;
  /** IANA name. */
  timezone?: string | null;
  /** When the shop made the account. */
  createdAt?: Date | null;
  /** By key; a null value clears the key, null instead of the object clears them all. */
  attributes?: Record<string, unknown> | null;
  tags?: readonly string[] | null;
  consent?: ConsentWord | null;
}

/** Whom an event names. `id` (ours) is used by the API alone. */
export interface CustomerIdentity {
  id?: string;
  externalId?: string | null;
  /** Normalised. */
  email?: string | null;
}

interface OpBase {
  identity: CustomerIdentity;
  version: Version;
  /** Where it came from, for the record of what lifted an unsubscribe: `source:shop`, `import:<id>`, `api`. */
  source: string;
  /** Whether what follows from it may start campaigns: not for what is older than 72 hours. Default true. */
  starts?: boolean;
}

/**
 * One thing an event says about a customer: `upsert` (customer.created, customer.updated, an import row, PATCH),
 * `reference` (an order or another event that names its customer and may carry fields of it), `delete`, `merge` (the
 * shop made `other` part of `identity`).
 */
export type CustomerOp =
  | (OpBase & { kind: 'upsert' | 'reference'; patch: CustomerPatch })
  | (OpBase & { kind: 'delete' })
  | (OpBase & { kind: 'merge'; other: { externalId: string } });

/** What became of one op, at the same index. */
export interface CustomerOpResult {
  /** Null: the op names nobody (a reference without id and address, the deletion of somebody unknown). */
  customerId: string | null;
  created: boolean;
  /** This op brought an effective consent that was not there before the batch: raise `consent.subscribed`. */
  consentSubscribed: boolean;
  /** The person was erased and has not consented anew: nothing personal was kept, nothing may start. */
  erased: boolean;
  /** Merges of stored records that this op caused. */
  merged: CustomerMerge[];
}

/** Consent as it holds: the shop's word, unless the person's own unsubscribe or one of the same address overrules it. */
export interface ConsentView {
  status: ConsentStatus;
  source: string | null;
  at: string | null;
  ip: string | null;
  text: string | null;
  topics: Record<string, unknown>;
}
