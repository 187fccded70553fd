import { Injectable } from '@nestjs/common';
import { newId } from '../kernel/ids';
import { versionKey } from '../kernel/versioned';
import { type Tx } from '../platform/database/database';
import { ConsentRequests } from './consent-requests';
import { type CustomerOp, type CustomerOpResult } from './customers.types';
import * as sql from './data/ingest.sql';
import { announcedChanges } from './domain/announced-changes';
import { type CustomerState } from './domain/customer-state';
import { addressIdentity, externalIdentity } from './domain/erased-identity';
import { partFirstWords } from './domain/first-words';
import { type OpOutcome, type Optout, WorkingSet } from './domain/working-set';
import { FactChanges } from './fact-changes';
import { IdentityHash } from './identity-hash';
import { type CustomerMerge, PersonalDataOwners } from './personal-data';

/**
 * The one way in which customers are made, changed, merged and deleted: by shop events, imports and the API.
 */
@Injectable()
export class CustomerIngest {
  constructor(
    private readonly hash: IdentityHash,
    private readonly owners: PersonalDataOwners,
    private readonly changes: FactChanges,
    private readonly requests: ConsentRequests,
  ) {}

  /**
   * Works off a batch of ops inside the caller's transaction: loads everything it can touch, decides in memory
   * (`domain/working-set.ts`), writes back. The number of statements does not depend on the size of the batch.
   *
   * Ops take effect in the order of their versions, whatever their order in the batch; an op that is repeated changes
   * nothing. Addresses must be normalised. Batches at the same time wait for each other.
   *
   * @param at the clock's now, stored as the time of recording
   * @returns one result per op, at its index
   */
  async applyBatch(tx: Tx, ops: readonly CustomerOp[], at: Date): Promise<CustomerOpResult[]> {
    if (ops.length === 0) return [];
    await tx.query(sql.LOCK_IDENTITIES);
    const { set, before, subscribedBefore } = await this.load(tx, ops, at);
    const outcomes = set.apply(ops);
    const merges = set.people.storedMerges();
    await this.save(tx, set, merges, at);
    const merged = new Set(merges.map((merge) => merge.into));
    await this.changes.announce(tx, at, (watches) =>
      announcedChanges({ set, ops, outcomes, before, merged }, watches('consent')),
    );
    await this.askToConfirm(tx, set, ops, outcomes, at);
    const subscribed = await this.newlySubscribed(tx, set, ops, outcomes, subscribedBefore);
    return outcomes.map((outcome, index) => ({
      customerId: outcome.customerId === null ? null : set.people.current(outcome.customerId),
      created: outcome.created,
      erased: outcome.erased,
      consentSubscribed: subscribed.has(index),
      merged: merges.filter(
        (merge) => outcome.customerId !== null && merge.into === set.people.current(outcome.customerId),
      ),
    }));
  }

  private async load(
    tx: Tx,
    ops: readonly CustomerOp[],
    at: Date,
  ): Promise<{ set: WorkingSet; before: Map<string, sql.StoredCustomer>; subscribedBefore: Set<string> }> {
    const names = namesOf(ops);
    const rows = await tx.query<sql.StoredCustomer>(sql.loadCustomers(names.externalIds, names.emails, names.ids));
    const aliases = await tx.query<{ externalId: string; customerId: string }>(sql.loadAliases(names.externalIds));
    const emails = [...new Set([...names.emails, ...rows.flatMap((row) => row.email ?? [])])];
    const optouts = await tx.query<Optout>(sql.loadOptouts(emails));
    const erased = await this.loadErased(tx, names);
    const set = new WorkingSet(
      {
        states: rows.map(stateOf),
        aliases: new Map(aliases.map((row) => [row.externalId, row.customerId])),
        erased,
        optouts,
      },
      at,
      () => newId(at),
    );
    return {
      set,
      before: new Map(rows.map((row) => [row.id, row])),
      subscribedBefore: new Set(rows.filter((row) => row.effective === 'subscribed').map((row) => row.id)),
    };
  }

  private async loadErased(tx: Tx, names: Names): Promise<Map<string, { customerId: string; at: Date }>> {
    // Most shops have none, and hashing two names a customer is a twentieth of the work of bulk intake.
    const [some] = await tx.query<{ erased: boolean }>(sql.ANY_ERASED);
    if (!some?.erased) return new Map();
    const identities = [...names.externalIds.map(externalIdentity), ...names.emails.map(addressIdentity)];
    const byHash = new Map(identities.map((identity) => [this.hash.of(identity).toString('base64'), identity]));
    const hashes = [...byHash.keys()].map((text) => Buffer.from(text, 'base64'));
    const rows = await tx.query<{ hash: Buffer; customerId: string; at: Date }>(sql.loadErased(hashes));
    return new Map(
      rows.map(({ hash, customerId, at }) => [byHash.get(hash.toString('base64')) ?? '', { customerId, at }]),
    );
  }

  private async save(tx: Tx, set: WorkingSet, merges: readonly CustomerMerge[], at: Date): Promise<void> {
    const { people } = set;
    const from = merges.map((merge) => merge.from);
    if (from.length > 0) await tx.execute(sql.releaseNames(from));
    const changed = [...people.changed].map((id) => people.byId(id)).filter((state) => state !== undefined);
    const states = [...new Map(changed.map((state) => [state.id, state])).values()];
    const known = states.filter(({ id }) => people.isStored(id));
    const made = states.filter(({ id }) => !people.isStored(id));
    if (known.length > 0) tx.post(sql.updateCustomers(known, at));
    if (made.length > 0) tx.post(sql.insertCustomers(made, at));
    const said = set.facts.map((fact) => ({ ...fact, customerId: people.current(fact.customerId) }));
    const { first, others } = partFirstWords(said, (id) => !people.isStored(id));
    if (first.length > 0) tx.post(sql.keepFirstWords(first, at));
    if (others.length > 0) tx.post(sql.appendHistory(others, at));
    if (people.aliases.size > 0) {
      const ids = [...people.aliases.values()].map((id) => people.current(id));
      await tx.execute(sql.saveAliases([...people.aliases.keys()], ids, at));
    }
    if (set.lifts.length > 0) await tx.execute(sql.saveLifts(set.lifts, at));
    if (set.revived.size > 0) await this.revive(tx, set);
    if (merges.length > 0) await this.handOver(tx, merges, at);
  }

  private async handOver(tx: Tx, merges: readonly CustomerMerge[], at: Date): Promise<void> {
    const from = merges.map((merge) => merge.from);
    for (const owner of this.owners.all()) await owner.merge(tx, merges, at);
    await tx.execute(
      sql.saveMerges(
        from,
        merges.map((merge) => merge.into),
        at,
      ),
    );
    await tx.execute(sql.deleteCustomers(from));
  }

  private async revive(tx: Tx, set: WorkingSet): Promise<void> {
    const emails = [...set.people.changed].flatMap((id) => set.people.byId(id)?.email ?? []);
    await tx.execute(
      sql.reviveAddresses(
        emails.map((email) => this.hash.address(email)),
        emails,
      ),
    );
    await tx.execute(sql.forgetErased([...set.revived]));
  }

  /** Those whom the shop calls pending now, where double opt-in is on; imports and what is old ask nobody. */
  private async askToConfirm(
    tx: Tx,
    set: WorkingSet,
    ops: readonly CustomerOp[],
    outcomes: readonly OpOutcome[],
    at: Date,
  ): Promise<void> {
    const asked = new Set<string>();
    outcomes.forEach(({ customerId, erased }, index) => {
      const op = ops[index];
      const state = customerId === null ? undefined : set.people.byId(customerId);
      if (!op || !state || erased || op.starts === false || state.consent.status !== 'pending') return;
      if (state.versions['consent'] === versionKey(op.version)) asked.add(set.people.current(state.id));
    });
    if (asked.size > 0) await this.requests.ask(tx, [...asked], at);
  }

  /** The ops that brought a consent that is in force now and was not before the batch. */
  private async newlySubscribed(
    tx: Tx,
    set: WorkingSet,
    ops: readonly CustomerOp[],
    outcomes: readonly OpOutcome[],
    before: ReadonlySet<string>,
  ): Promise<Set<number>> {
    const { people } = set;
    const had = new Set([...before].map((id) => people.current(id)));
    const candidates = new Map<string, number>();
    const consider = (index: number): void => {
      const id = outcomes[index]?.customerId;
      if (id && !had.has(people.current(id))) candidates.set(people.current(id), index);
    };
    for (const lift of set.lifts) consider(lift.opIndex);
    outcomes.forEach((outcome, index) => {
      const op = ops[index];
      const state = outcome.customerId === null ? undefined : people.byId(outcome.customerId);
      if (!op || !state || outcome.erased || state.consent.status !== 'subscribed') return;
      if (state.versions['consent'] === versionKey(op.version)) consider(index);
    });
    if (candidates.size === 0) return new Set();
    const rows = await tx.query<{ id: string }>(sql.subscribedNow([...candidates.keys()]));
    return new Set(rows.flatMap(({ id }) => candidates.get(id) ?? []));
  }
}

interface Names {
  externalIds: string[];
  emails: string[];
  ids: string[];
}

function namesOf(ops: readonly CustomerOp[]): Names {
  const externalIds = new Set<string>();
  const emails = new Set<string>();
  const ids = new Set<string>();
  for (const op of ops) {
    if (op.identity.externalId) externalIds.add(op.identity.externalId);
    if (op.identity.email) emails.add(op.identity.email);
    if (op.identity.id) ids.add(op.identity.id);
    if (op.kind === 'merge') externalIds.add(op.other.externalId);
    if ((op.kind === 'upsert' || op.kind === 'reference') && op.patch.email) emails.add(op.patch.email);
  }
  return { externalIds: [...externalIds], emails: [...emails], ids: [...ids] };
}

function stateOf(row: sql.StoredCustomer): CustomerState {
  const { consentStatus, consentSource, consentAt, consentIp, consentText, consentTopics, effective: _, ...rest } = row;
  return {
    ...rest,
    consent: {
      status: consentStatus,
      source: consentSource,
      at: consentAt,
      ip: consentIp,
      text: consentText,
      topics: consentTopics,
    },
  };
}
