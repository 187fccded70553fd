import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { type CustomerPatch } from '../../src/customers/customers.types';
import { appendHistory, insertCustomers, keepFirstWords } from '../../src/customers/data/ingest.sql';
import { partFirstWords } from '../../src/customers/domain/first-words';
import {
  applyPatch,
  type CustomerState,
  type FieldFact,
  mergeStates,
  newCustomerState,
  restatedByMerge,
} from '../../src/customers/domain/customer-state';
import { type Version } from '../../src/kernel/versioned';
import { type Database } from '../../src/platform/database/database';
import { ATTRIBUTES, pastInstant, SHOP_NOW, someJson, someText } from './generated-values';
import { insertRows } from './insert-rows';

const EMAILS = ['ann@example.com', 'bob@example.org', 'shared@example.com'] as const;

const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null, freq: 4 });

const attributes = fc.dictionary(fc.constantFrom(...ATTRIBUTES), someJson, { maxKeys: 4 });
const consent = fc.record({
  status: fc.constantFrom('subscribed', 'subscribed', 'pending', 'unsubscribed', 'none' as const),
  // No two words are the same: one that is repeated leaves no trace, and holds from when it was first said.
  source: fc.uuid(),
});

/** Everything that a first event says. */
const whole: fc.Arbitrary<CustomerPatch> = fc.record({
  email: orNull(fc.constantFrom(...EMAILS)),
  firstName: orNull(someText),
  lastName: orNull(someText),
  locale: orNull(fc.constantFrom('it', 'it-IT', 'en', 'de-CH')),
  timezone: orNull(fc.constantFrom('Europe/Rome', 'America/New_York', 'Asia/Kathmandu')),
  tags: fc.uniqueArray(fc.constantFrom('vip', 'caffè', 'vip-gold', 'b2b'), { maxLength: 3 }),
  attributes,
  consent,
});

/** What a later one changes, and it may clear things. */
const change: fc.Arbitrary<CustomerPatch> = fc.oneof(
  fc.record({ email: orNull(fc.constantFrom(...EMAILS)) }),
  fc.record({ locale: orNull(fc.constantFrom('it', 'en')), timezone: orNull(fc.constant('Europe/Rome')) }),
  fc.record({ tags: orNull(fc.uniqueArray(fc.constantFrom('vip', 'b2b'), { maxLength: 2 })) }),
  fc.record({ attributes: orNull(attributes) }),
  fc.record({ attributes }),
  fc.record({ consent: orNull(consent) }),
);

const statement = (patch: fc.Arbitrary<CustomerPatch>): fc.Arbitrary<{ patch: CustomerPatch; at: Date }> =>
  fc.record({ patch, at: pastInstant });

const person = fc.record({
  createdAt: pastInstant,
  // In the order of arrival; their times are in any.
  said: fc
    .tuple(statement(whole), fc.array(statement(change), { maxLength: 4 }))
    .map(([first, rest]) => [first, ...rest]),
  /** A second record of the same person, merged into the first. */
  merged: fc.option(fc.array(statement(fc.oneof(whole, change)), { minLength: 1, maxLength: 2 }), { freq: 3 }),
});

interface Told {
  state: CustomerState;
  facts: FieldFact[];
}

function told(id: string, createdAt: Date, said: ReadonlyArray<{ patch: CustomerPatch; at: Date }>): Told {
  return said.reduce<Told>(
    ({ state, facts }, { patch, at }, i) => {
      const version: Version = { at, eventId: `${id}:${i}` };
      const applied = applyPatch(state, patch, version);
      return { state: applied.state, facts: [...facts, ...applied.facts] };
    },
    { state: newCustomerState(id, createdAt), facts: [] },
  );
}

/** Generated customers with all that was ever said about them, merges and unsubscribes of addresses included; their ids. */
export async function fillPeople(database: Database, count: number, seed: number): Promise<string[]> {
  const people = fc.sample(person, { numRuns: count, seed }).map(({ createdAt, said, merged }, i): Told => {
    const own = told(randomUUID(), createdAt, said);
    const other = told(randomUUID(), createdAt, merged ?? []);
    const state = merged ? mergeStates(own.state, other.state) : own.state;
    const restated = merged ? restatedByMerge(state, [own.state, other.state]) : [];
    return { state: { ...state, externalId: `c${i}` }, facts: [...own.facts, ...other.facts, ...restated] };
  });
  await database.execute(
    insertCustomers(
      people.map(({ state }) => state),
      SHOP_NOW,
    ),
  );
  const history = people.flatMap(({ state, facts }) => facts.map((fact) => ({ ...fact, customerId: state.id })));
  // Half of them were known before first words were kept together.
  const kept = new Set(people.filter((_, i) => i % 2 === 0).map(({ state }) => state.id));
  const { first, others } = partFirstWords(history, (id) => kept.has(id));
  await database.execute(keepFirstWords(first, SHOP_NOW));
  await database.execute(appendHistory(others, SHOP_NOW));
  await insertRows(database, 'address_optouts', fc.sample(optouts, { numRuns: 1, seed }).flat());
  return people.map(({ state }) => state.id);
}

/** Of one address several unsubscribes, one after the other, the last perhaps in force. */
const optouts = fc
  .tuple(...EMAILS.map((email) => fc.array(pastInstant, { maxLength: 5 }).map((times) => spans(email, times))))
  .map((perAddress) => perAddress.flat());

function spans(email: string, times: readonly Date[]) {
  const sorted = [...times].sort((a, b) => a.getTime() - b.getTime());
  return sorted.flatMap((at, i) => {
    const lifted = sorted[i + 1] ?? null;
    if (i % 2 === 1) return [];
    return [{ id: randomUUID(), email, at, source: 'page', lifted_at: lifted && at, lift_recorded_at: lifted }];
  });
}
