import fc from 'fast-check';
import {
  applyPatch,
  type CustomerState,
  mergeStates,
  newCustomerState,
  restatedByMerge,
  setDeleted,
} from '../../../src/customers/domain/customer-state';
import { type CustomerPatch } from '../../../src/customers/customers.types';
import { type Version } from '../../../src/kernel/versioned';

const at = (hour: number): Date => new Date(Date.UTC(2026, 2, 2, hour));
const v = (hour: number, eventId = `e${hour}`): Version => ({ at: at(hour), eventId });
const start = (): CustomerState => newCustomerState('id', at(12));
const after = (...steps: Array<[CustomerPatch, Version]>): CustomerState =>
  steps.reduce((state, [patch, version]) => applyPatch(state, patch, version).state, start());

/** What a caller sees of a customer; the versions are bookkeeping. */
const visible = ({ versions: _, ...state }: CustomerState): unknown => ({ ...state, tags: [...state.tags] });

const text = fc.constantFrom('a', 'b', 'c', null);
const patchOf = fc.record(
  {
    email: fc.constantFrom('x@example.com', 'y@example.com', null),
    firstName: text,
    lastName: text,
    locale: text,
    timezone: text,
    createdAt: fc.constantFrom(at(1), at(2), null),
    attributes: fc.oneof(
      { weight: 4, arbitrary: fc.dictionary(fc.constantFrom('city', 'size'), fc.constantFrom('p', 'q', 7, null)) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    tags: fc.oneof(fc.array(fc.constantFrom('vip', 'b2b')), fc.constant(null)),
    consent: fc.constantFrom(
      null,
      { status: 'subscribed' as const },
      { status: 'unsubscribed' as const, source: 'shop' },
    ),
  },
  { requiredKeys: [] },
);
const eventsOf = fc.uniqueArray(fc.tuple(patchOf, fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 9 })), {
  selector: ([, hour, id]) => `${hour} ${id}`,
  maxLength: 8,
});

describe('laying patches over a customer', () => {
  it('lets an older patch that comes later fill what the newer left open', () => {
    const state = after([{ lastName: 'New' }, v(7)], [{ firstName: 'Old', lastName: 'Old' }, v(6)]);
    expect(state).toMatchObject({ firstName: 'Old', lastName: 'New' });
  });

  it('clears by null, for a field, an attribute key, the tags and the consent', () => {
    const state = after(
      [
        { lastName: 'X', attributes: { city: 'Roma', size: 'M' }, tags: ['a'], consent: { status: 'subscribed' } },
        v(1),
      ],
      [{ lastName: null, attributes: { city: null }, tags: null, consent: null }, v(2)],
    );
    expect(state).toMatchObject({ lastName: null, attributes: { size: 'M' }, tags: [], consent: { status: 'none' } });
  });

  it('decides equal versions by the greater event id', () => {
    expect(after([{ firstName: 'B' }, v(1, 'b')], [{ firstName: 'A' }, v(1, 'a')]).firstName).toBe('B');
    expect(after([{ firstName: 'A' }, v(1, 'a')], [{ firstName: 'B' }, v(1, 'b')]).firstName).toBe('B');
  });

  it('takes the consent as one unit: what the later word leaves out is not kept from the earlier', () => {
    const state = after(
      [{ consent: { status: 'subscribed', source: 'checkout', ip: '192.0.2.1', at: at(1) } }, v(1)],
      [{ consent: { status: 'unsubscribed' } }, v(2)],
    );
    expect(state.consent).toEqual({ status: 'unsubscribed', source: null, at: null, ip: null, text: null, topics: {} });
  });

  it('takes createdAt from the shop, else the earliest event that named the person', () => {
    expect(after([{ firstName: 'a' }, v(9)], [{ firstName: 'b' }, v(3)]).createdAt).toEqual(at(3));
    expect(after([{ createdAt: at(8) }, v(9)], [{ firstName: 'b' }, v(3)]).createdAt).toEqual(at(8));
  });

  it('ends in the same state whatever the order and repetition of the patches', () => {
    fc.assert(
      fc.property(
        eventsOf.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 })),
        ),
        ([events, shuffled]) => {
          const run = (list: typeof events): CustomerState =>
            list.reduce((state, [patch, hour, id]) => applyPatch(state, patch, v(hour, `e${id}`)).state, start());
          expect(visible(run(shuffled))).toEqual(visible(run(events)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps a history from which the value at any version can be read, however late an event came', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(text, fc.integer({ min: 0, max: 9 })), {
          selector: ([, hour]) => hour,
          minLength: 1,
          maxLength: 6,
        }),
        (events) => {
          const facts: Array<{ at: Date; value: unknown; index: number }> = [];
          let state = start();
          for (const [firstName, hour] of events) {
            const step = applyPatch(state, { firstName }, v(hour));
            step.facts
              .filter((fact) => fact.field === 'firstName')
              .forEach((fact) => facts.push({ at: fact.at, value: fact.value, index: facts.length }));
            state = step.state;
          }
          const known = [...facts].sort((a, b) => a.at.getTime() - b.at.getTime() || a.index - b.index);
          expect(known.at(-1)?.value ?? null).toBe(state.firstName);
        },
      ),
    );
  });
});

describe('merging two records', () => {
  it('gives each field to its later version, whichever record had it', () => {
    const older = applyPatch(
      newCustomerState('1', at(1)),
      { firstName: 'A', lastName: 'L', attributes: { city: 'Roma' } },
      v(1),
    ).state;
    const younger = applyPatch(
      newCustomerState('2', at(2)),
      { firstName: 'B', attributes: { city: 'Milano', size: 'M' } },
      v(2),
    ).state;
    expect(mergeStates(older, { ...younger, externalId: 'x' })).toMatchObject({
      id: '1',
      externalId: 'x',
      firstName: 'B',
      lastName: 'L',
      attributes: { city: 'Milano', size: 'M' },
      createdAt: at(1),
    });
  });

  it('says again in the history what both records had, since a repeated word leaves no trace', () => {
    const older = after([{ locale: 'en', firstName: 'Ann' }, v(3)]);
    const younger = after([{ locale: 'it', tags: ['vip'] }, v(2)], [{ locale: 'it' }, v(4)]);
    const merged = mergeStates(older, younger);
    expect(merged.locale).toBe('it');
    expect(restatedByMerge(merged, [older, younger])).toEqual([
      { field: 'locale', at: at(4), value: 'it', eventId: 'e4' },
    ]);
  });

  it('is the same as if one record had got all events', () => {
    fc.assert(
      fc.property(eventsOf, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (events, sides) => {
        let left = newCustomerState('1', at(12));
        let right = newCustomerState('2', at(12));
        let whole = newCustomerState('1', at(12));
        events.forEach(([patch, hour, id], index) => {
          const version = v(hour, `e${id}`);
          whole = applyPatch(whole, patch, version).state;
          if (sides[index]) left = applyPatch(left, patch, version).state;
          else right = applyPatch(right, patch, version).state;
        });
        expect(visible(mergeStates(left, right))).toEqual(visible(whole));
      }),
      { numRuns: 500 },
    );
  });
});

describe('deletion by the shop', () => {
  it('holds against older statements and yields to later ones', () => {
    const deleted = setDeleted(start(), at(5), v(5));
    expect(setDeleted(deleted, null, v(4)).deletedAt).toEqual(at(5));
    expect(setDeleted(deleted, null, v(6)).deletedAt).toBeNull();
  });
});
