import { byVersion, versionKey } from '../../kernel/versioned';
import { type CustomerOp, type CustomerPatch } from '../customers.types';
import { provesConsentAfter } from './consent-rule';
import {
  applyPatch,
  type CustomerState,
  type FieldFact,
  newCustomerState,
  restatedByMerge,
  setDeleted,
} from './customer-state';
import { addressIdentity, externalIdentity } from './erased-identity';
import { PeopleIndex } from './people-index';

/** The person's own unsubscribe of an address, while it holds. */
export interface Optout {
  email: string;
  at: Date;
}

/** Everything stored that a batch of ops can touch. */
export interface LoadedPeople {
  states: readonly CustomerState[];
  /** External ids that lead to another record since a merge. */
  aliases: ReadonlyMap<string, string>;
  /** Erased identities ({@link addressIdentity}, {@link externalIdentity}) and the records they left behind. */
  erased: ReadonlyMap<string, { customerId: string; at: Date }>;
  /** Unsubscribes in force, by address. */
  optouts: readonly Optout[];
}

export interface OpOutcome {
  /** As resolved when the op was worked off; a later merge may have moved it on. */
  customerId: string | null;
  created: boolean;
  erased: boolean;
}

/** An unsubscribe that a proof has lifted. */
export interface Lift {
  email: string;
  at: Date;
  by: string;
  opIndex: number;
}

type PatchingOp = Extract<CustomerOp, { kind: 'upsert' | 'reference' }>;

/**
 * Works a batch of ops off in memory: who is meant (`api.md` 3, Identity), what changes (Merging), which unsubscribes
 * are lifted (Consent). Ops are taken in the order of their versions, so that the order of arrival does not matter.
 */
export class WorkingSet {
  readonly people: PeopleIndex;
  readonly facts: Array<FieldFact & { customerId: string }> = [];
  readonly lifts: Lift[] = [];
  /** Erased records whose person has consented anew: their identities are free again. */
  readonly revived = new Set<string>();
  private readonly optouts: Map<string, Optout>;

  constructor(
    private readonly loaded: LoadedPeople,
    private readonly now: Date,
    private readonly makeId: () => string,
  ) {
    this.people = new PeopleIndex(loaded.states, loaded.aliases);
    this.optouts = new Map(loaded.optouts.map((optout) => [optout.email, optout]));
  }

  /** Works off all ops. The outcomes stand at the indexes of the ops. */
  apply(ops: readonly CustomerOp[]): OpOutcome[] {
    const outcomes: OpOutcome[] = [];
    const order = ops.map((op, index) => ({ op, index })).sort((a, b) => byVersion(a.op.version, b.op.version));
    for (const { op, index } of order) outcomes[index] = this.applyOne(op, index);
    return outcomes;
  }

  private applyOne(op: CustomerOp, index: number): OpOutcome {
    switch (op.kind) {
      case 'delete':
        return this.delete(op);
      case 'merge':
        return this.merge(op);
      case 'upsert':
      case 'reference':
        return this.patch(op, index);
      default:
        return op satisfies never;
    }
  }

  private patch(op: PatchingOp, index: number): OpOutcome {
    const left = this.erasedRecord(op);
    if (left?.everything) return { customerId: left.customerId, created: false, erased: true };
    const email = left ? undefined : (op.identity.email ?? undefined);
    const found = this.resolve(op, email);
    if (!found) return { customerId: null, created: false, erased: false };
    const patch = effectivePatch(op, email, left !== undefined);
    const { state, facts } = applyPatch(found.state, patch, op.version);
    for (const fact of facts) this.facts.push({ ...fact, customerId: state.id });
    if (op.kind === 'upsert') this.setDeleted(state, null, op);
    else this.people.replace(state);
    this.lift(patch, [email, state.email], op, index);
    return { customerId: state.id, created: found.created, erased: false };
  }

  private resolve(op: PatchingOp, email: string | undefined): { state: CustomerState; created: boolean } | undefined {
    const { id, externalId } = op.identity;
    if (id !== undefined) {
      const state = this.people.byId(id);
      return state && { state, created: false };
    }
    if (!externalId) return email === undefined ? undefined : this.guest(email, op);
    const known = this.people.byExternalId(externalId);
    const nameless = email === undefined ? [] : this.living(email, op).filter((one) => one.externalId === null);
    const oldest = known ?? nameless[0];
    if (!oldest) return { state: this.create(op, externalId), created: true };
    let state: CustomerState = known ? oldest : { ...oldest, externalId };
    if (!known) this.people.replace(state);
    for (const other of nameless) if (other.id !== state.id) state = this.mergeRecords(state, other);
    return { state, created: false };
  }

  private guest(email: string, op: PatchingOp): { state: CustomerState; created: boolean } {
    const oldest = this.living(email, op)[0];
    return oldest ? { state: oldest, created: false } : { state: this.create(op, null), created: true };
  }

  /** Who has the address; whom the shop had deleted by then is not the one who comes with it now. */
  private living(email: string, op: CustomerOp): CustomerState[] {
    return this.people.byAddress(email).filter(({ deletedAt }) => deletedAt === null || op.version.at <= deletedAt);
  }

  private create(op: CustomerOp, externalId: string | null): CustomerState {
    const state = { ...newCustomerState(this.makeId(), op.version.at), externalId };
    this.people.add(state);
    const { at, eventId } = op.version;
    this.facts.push({ customerId: state.id, field: 'createdAt', at, value: state.createdAt, eventId });
    return state;
  }

  private delete(op: CustomerOp): OpOutcome {
    const { id, externalId } = op.identity;
    const state = id ? this.people.byId(id) : this.people.byExternalId(externalId ?? '');
    if (state) this.setDeleted(state, op.version.at, op);
    return { customerId: state?.id ?? null, created: false, erased: false };
  }

  private setDeleted(before: CustomerState, deletedAt: Date | null, { version }: CustomerOp): void {
    const after = setDeleted(before, deletedAt, version);
    this.people.replace(after);
    if (after.deletedAt?.getTime() === before.deletedAt?.getTime()) return;
    const { at, eventId } = version;
    this.facts.push({ customerId: before.id, field: 'deleted', at, value: deletedAt, eventId });
  }

  /** The shop made `other` part of `identity`: one record from now on, and `other` stays known as another name of it. */
  private merge(op: Extract<CustomerOp, { kind: 'merge' }>): OpOutcome {
    const kept = op.identity.externalId;
    const gone = op.other.externalId;
    if (!kept || this.isErased(externalIdentity(kept)) || this.isErased(externalIdentity(gone))) {
      return { customerId: null, created: false, erased: true };
    }
    const into = this.people.byExternalId(kept);
    const from = this.people.byExternalId(gone);
    const created = !into && !from;
    let state = into ?? from ?? this.create(op, kept);
    const name = into?.externalId ?? kept;
    if (into && from && into.id !== from.id) state = this.mergeRecords(into, from);
    this.people.rename(state.id, name);
    this.people.alias(state.id, gone);
    return { customerId: state.id, created, erased: false };
  }

  private mergeRecords(one: CustomerState, other: CustomerState): CustomerState {
    const state = this.people.merge(one.id, other.id);
    for (const fact of restatedByMerge(state, [one, other])) this.facts.push({ ...fact, customerId: state.id });
    return state;
  }

  /**
   * The record that erasure left of whom the op names, unless the op itself brings a new consent with proof: then the
   * person is back. `everything`: nothing of the op may be kept; otherwise only its address may not.
   */
  private erasedRecord(op: PatchingOp): { customerId: string; everything: boolean } | undefined {
    if (op.identity.id !== undefined) return undefined;
    const names = [
      op.identity.externalId ? externalIdentity(op.identity.externalId) : undefined,
      op.identity.email ? addressIdentity(op.identity.email) : undefined,
    ];
    const [external, address] = names.map((name) =>
      name && this.isErased(name) ? this.loaded.erased.get(name) : undefined,
    );
    const found = external ?? address;
    if (!found) return undefined;
    const erasedAt = [external, address].reduce((latest, one) => (one && one.at > latest ? one.at : latest), found.at);
    if (provesConsentAfter(op.patch.consent, erasedAt, this.now)) {
      for (const one of [external, address]) if (one) this.revived.add(one.customerId);
      return undefined;
    }
    return { customerId: found.customerId, everything: external !== undefined || !op.identity.externalId };
  }

  private isErased(name: string): boolean {
    const record = this.loaded.erased.get(name);
    return record !== undefined && !this.revived.has(record.customerId);
  }

  private lift(
    patch: CustomerPatch,
    emails: ReadonlyArray<string | null | undefined>,
    op: CustomerOp,
    opIndex: number,
  ): void {
    for (const email of new Set(emails)) {
      const optout = email ? this.optouts.get(email) : undefined;
      if (!email || !optout || !patch.consent || !provesConsentAfter(patch.consent, optout.at, this.now)) continue;
      this.optouts.delete(email);
      this.lifts.push({
        email,
        at: patch.consent.at && patch.consent.at < this.now ? patch.consent.at : this.now,
        by: `${op.source} ${versionKey(op.version)}`,
        opIndex,
      });
    }
  }
}

/**
 * The patch with the address that the event names as a field, too. An order without an address says nothing about the
 * customer's, so only an upsert may clear it; an erased address is left out.
 */
function effectivePatch(op: PatchingOp, email: string | undefined, withoutAddress: boolean): CustomerPatch {
  const { email: said, ...rest } = op.patch;
  if (withoutAddress) return rest;
  if (said === undefined) return email === undefined ? rest : { ...rest, email };
  return said === null && op.kind === 'reference' ? rest : op.patch;
}
