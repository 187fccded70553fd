import { type CustomerMerge } from '../personal-data';
import { type CustomerState, mergeStates } from './customer-state';

/** Customers in memory, found by id, external id (and its aliases since merges) and address; oldest id first. */
export class PeopleIndex {
  private readonly states = new Map<string, CustomerState>();
  private readonly externalIds = new Map<string, string>();
  private readonly addresses = new Map<string, Set<string>>();
  private readonly redirects = new Map<string, string>();
  private readonly stored: ReadonlySet<string>;
  /** Ids whose state is another than the stored one. */
  readonly changed = new Set<string>();
  /** External ids that have become other names of a record. */
  readonly aliases = new Map<string, string>();

  constructor(states: readonly CustomerState[], aliases: ReadonlyMap<string, string>) {
    this.stored = new Set(states.map((state) => state.id));
    for (const [externalId, id] of aliases) this.externalIds.set(externalId, id);
    for (const state of states) this.index(state);
  }

  byId(id: string): CustomerState | undefined {
    return this.states.get(this.current(id));
  }

  byExternalId(externalId: string): CustomerState | undefined {
    const id = this.externalIds.get(externalId);
    return id === undefined ? undefined : this.byId(id);
  }

  /** All who have the address, the oldest first (ids are UUID v7: they sort by when the record was made). */
  byAddress(email: string): CustomerState[] {
    const ids = [...(this.addresses.get(email) ?? [])].sort();
    return ids.map((id) => this.states.get(id)).filter((state) => state !== undefined);
  }

  all(): Iterable<CustomerState> {
    return this.states.values();
  }

  isStored(id: string): boolean {
    return this.stored.has(id);
  }

  /** Where a record is now, after all merges. */
  current(id: string): string {
    let at = id;
    for (let next = this.redirects.get(at); next !== undefined; next = this.redirects.get(at)) at = next;
    return at;
  }

  add(state: CustomerState): void {
    this.index(state);
    this.changed.add(state.id);
  }

  replace(state: CustomerState): void {
    const before = this.states.get(state.id);
    if (before === state) return;
    if (before?.email && before.email !== state.email) this.addresses.get(before.email)?.delete(state.id);
    this.add(state);
  }

  /** Makes one of two records; the older id stays. */
  merge(one: string, other: string): CustomerState {
    const [olderId, youngerId] = one < other ? [one, other] : [other, one];
    const older = this.states.get(olderId);
    const younger = this.states.get(youngerId);
    if (!older || !younger) throw new Error('a merge names a record that is not loaded');
    this.states.delete(youngerId);
    if (younger.email) this.addresses.get(younger.email)?.delete(youngerId);
    this.redirects.set(youngerId, olderId);
    for (const [externalId, id] of this.aliases) if (id === youngerId) this.aliases.set(externalId, olderId);
    const state = mergeStates(older, younger);
    this.replace(state);
    if (younger.externalId !== state.externalId) this.alias(olderId, younger.externalId);
    return state;
  }

  /** The record is called `externalId` from now on; whatever it was called before stays another name of it. */
  rename(id: string, externalId: string): void {
    const state = this.states.get(id);
    if (!state || state.externalId === externalId) return;
    this.aliases.delete(externalId);
    this.replace({ ...state, externalId });
    this.alias(id, state.externalId);
  }

  /** `externalId` is another name of the record from now on. */
  alias(id: string, externalId: string | null): void {
    if (externalId === null || this.states.get(id)?.externalId === externalId) return;
    this.externalIds.set(externalId, id);
    this.aliases.set(externalId, id);
  }

  /** Merges of records that are in the database, each with where it led in the end. */
  storedMerges(): CustomerMerge[] {
    return [...this.redirects.keys()]
      .filter((from) => this.stored.has(from))
      .map((from) => ({ from, into: this.current(from) }));
  }

  private index(state: CustomerState): void {
    this.states.set(state.id, state);
    if (state.externalId !== null) this.externalIds.set(state.externalId, state.id);
    if (state.email === null) return;
    const known = this.addresses.get(state.email);
    if (known) known.add(state.id);
    else this.addresses.set(state.email, new Set([state.id]));
  }
}
