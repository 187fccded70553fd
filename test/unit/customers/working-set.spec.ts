import fc from 'fast-check';
import { type CustomerOp, type CustomerPatch } from '../../../src/customers/customers.types';
import { applyPatch, type CustomerState, newCustomerState } from '../../../src/customers/domain/customer-state';
import { addressIdentity, externalIdentity } from '../../../src/customers/domain/erased-identity';
import { type LoadedPeople, WorkingSet } from '../../../src/customers/domain/working-set';

const NOW = new Date('2026-03-02T12:00:00Z');
const at = (minute: number): Date => new Date(NOW.getTime() - 3_600_000 + minute * 60_000);

function setOf(loaded: Partial<LoadedPeople> = {}): WorkingSet {
  let next = 100;
  const all: LoadedPeople = { states: [], aliases: new Map(), erased: new Map(), optouts: [], ...loaded };
  return new WorkingSet(all, NOW, () => `id-${next++}`);
}

function op(
  minute: number,
  who: { externalId?: string | null; email?: string | null },
  patch: CustomerPatch = {},
  kind: 'upsert' | 'reference' = 'upsert',
): CustomerOp {
  return { kind, identity: who, patch, version: { at: at(minute), eventId: `shop:${minute}` }, source: 'source:shop' };
}

function stored(id: string, fields: Partial<CustomerState>): CustomerState {
  const state = newCustomerState(id, at(0));
  return {
    ...applyPatch(state, { email: fields.email ?? null }, { at: at(0), eventId: `stored:${id}` }).state,
    ...fields,
  };
}

const people = (set: WorkingSet): unknown[] =>
  [...set.people.all()].map(({ id, externalId, email, firstName }) => ({ id, externalId, email, firstName }));

describe('whom an event means', () => {
  it('finds by externalId first, whatever the address', () => {
    const set = setOf({
      states: [
        stored('1', { externalId: 'x', email: 'a@example.com' }),
        stored('2', { externalId: 'y', email: 'b@example.com' }),
      ],
    });
    expect(set.apply([op(1, { externalId: 'x', email: 'b@example.com' })])[0]?.customerId).toBe('1');
    expect(set.people.storedMerges()).toEqual([]);
  });

  it('joins a guest to the oldest customer with that address', () => {
    const set = setOf({
      states: [
        stored('2', { externalId: 'y', email: 'a@example.com' }),
        stored('1', { externalId: 'x', email: 'a@example.com' }),
      ],
    });
    expect(set.apply([op(1, { email: 'a@example.com' }, {}, 'reference')])[0]?.customerId).toBe('1');
  });

  it('makes a customer of a guest with a new address, once', () => {
    const set = setOf();
    const [one, two] = set.apply([
      op(1, { email: 'a@example.com' }, {}, 'reference'),
      op(2, { email: 'a@example.com' }, {}, 'reference'),
    ]);
    expect(one).toMatchObject({ created: true });
    expect(two).toMatchObject({ created: false, customerId: one?.customerId });
    expect(people(set)).toHaveLength(1);
  });

  it('lets an unknown externalId take the customer with that address that has none', () => {
    const set = setOf({ states: [stored('1', { email: 'a@example.com' })] });
    expect(set.apply([op(1, { externalId: 'x', email: 'a@example.com' })])[0]).toMatchObject({
      customerId: '1',
      created: false,
    });
    expect(people(set)).toEqual([expect.objectContaining({ id: '1', externalId: 'x' })]);
  });

  it('makes a new customer of an unknown externalId when the one with that address has another', () => {
    const set = setOf({ states: [stored('1', { externalId: 'x', email: 'a@example.com' })] });
    expect(set.apply([op(1, { externalId: 'y', email: 'a@example.com' })])[0]?.created).toBe(true);
    expect(people(set)).toHaveLength(2);
  });

  it('merges when an event names the externalId of one and the address of another without; the older id stays', () => {
    const set = setOf({
      states: [stored('1', { email: 'a@example.com' }), stored('2', { externalId: 'x', email: 'b@example.com' })],
    });
    expect(set.apply([op(1, { externalId: 'x', email: 'a@example.com' })])[0]?.customerId).toBe('1');
    expect(set.people.storedMerges()).toEqual([{ from: '2', into: '1' }]);
    expect(people(set)).toEqual([expect.objectContaining({ id: '1', externalId: 'x', email: 'a@example.com' })]);
  });

  it('makes a new customer of a guest whose account the shop had deleted before', () => {
    const deleted: CustomerOp = {
      kind: 'delete',
      identity: { externalId: 'x' },
      version: { at: at(5), eventId: 'shop:d' },
      source: 'source:shop',
    };
    const set = setOf({ states: [stored('1', { externalId: 'x', email: 'a@example.com' })] });
    const guest = (minute: number): CustomerOp => op(minute, { email: 'a@example.com' }, {}, 'reference');
    const [, earlier, later] = set.apply([deleted, guest(4), guest(6)]);
    expect(earlier).toMatchObject({ customerId: '1', created: false });
    expect(later?.created).toBe(true);
  });

  it('names nobody when there is neither id nor address', () => {
    expect(setOf().apply([op(1, {}, {}, 'reference')])).toEqual([{ customerId: null, created: false, erased: false }]);
  });

  it('does not let an order without address clear the address', () => {
    const set = setOf({ states: [stored('1', { externalId: 'x', email: 'a@example.com' })] });
    set.apply([op(1, { externalId: 'x' }, { email: null }, 'reference')]);
    expect(people(set)).toEqual([expect.objectContaining({ email: 'a@example.com' })]);
    set.apply([op(2, { externalId: 'x' }, { email: null })]);
    expect(people(set)).toEqual([expect.objectContaining({ email: null })]);
  });

  it('takes the ops in the order of their versions: any order and repetition ends the same', () => {
    const opOf = fc.tuple(
      fc.constantFrom(null, 'x', 'y', 'z'),
      fc.constantFrom(null, 'a@example.com', 'b@example.com'),
      fc.constantFrom({}, { firstName: 'A' }, { firstName: null }, { consent: { status: 'subscribed' as const } }),
      fc.constantFrom<'upsert' | 'reference'>('upsert', 'reference'),
    );
    fc.assert(
      fc.property(
        fc.array(opOf, { minLength: 1, maxLength: 8 }).chain((list) => {
          const ops = list.map(([externalId, email, patch, kind], index) =>
            op(index, { externalId, email }, patch, kind),
          );
          return fc.tuple(fc.constant(ops), fc.shuffledSubarray([...ops, ...ops], { minLength: ops.length * 2 }));
        }),
        ([ops, shuffled]) => {
          const one = setOf();
          const other = setOf();
          one.apply(ops);
          other.apply(shuffled);
          expect([...other.people.all()]).toEqual([...one.people.all()]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("the shop's own merge", () => {
  const merge = (minute: number, kept: string, gone: string): CustomerOp => ({
    kind: 'merge',
    identity: { externalId: kept },
    other: { externalId: gone },
    version: { at: at(minute), eventId: `shop:m${minute}` },
    source: 'source:shopify',
  });

  it('keeps the older record under the kept name; the other name leads to it', () => {
    const set = setOf({
      states: [
        stored('1', { externalId: 'gone', email: 'a@example.com' }),
        stored('2', { externalId: 'kept', email: 'b@example.com' }),
      ],
    });
    set.apply([merge(1, 'kept', 'gone')]);
    expect(set.people.storedMerges()).toEqual([{ from: '2', into: '1' }]);
    expect(set.people.byExternalId('gone')).toMatchObject({ id: '1', externalId: 'kept' });
    expect([...set.people.aliases]).toEqual([['gone', '1']]);
  });

  it('works before either record is known', () => {
    const set = setOf();
    set.apply([
      merge(1, 'kept', 'gone'),
      op(2, { externalId: 'gone' }, { firstName: 'A' }),
      op(3, { externalId: 'kept' }, { lastName: 'B' }),
    ]);
    expect(people(set)).toEqual([expect.objectContaining({ externalId: 'kept', firstName: 'A' })]);
  });
});

describe('consent against the unsubscribe of a person', () => {
  const optouts = [{ email: 'a@example.com', at: at(30) }];
  const states = [stored('1', { externalId: 'x', email: 'a@example.com' })];
  const liftsOf = (consent: CustomerPatch['consent']): number => {
    const set = setOf({ states, optouts });
    set.apply([op(40, { externalId: 'x', email: 'a@example.com' }, { consent })]);
    return set.lifts.length;
  };

  it.each([
    ['no at, no source', { status: 'subscribed' as const }, 0],
    ['no at', { status: 'subscribed' as const, source: 'checkout' }, 0],
    ['no source', { status: 'subscribed' as const, at: at(35) }, 0],
    ['an empty source', { status: 'subscribed' as const, at: at(35), source: ' ' }, 0],
    ['an earlier at', { status: 'subscribed' as const, at: at(29), source: 'checkout' }, 0],
    ['the same instant', { status: 'subscribed' as const, at: at(30), source: 'checkout' }, 0],
    ['another status', { status: 'pending' as const, at: at(35), source: 'checkout' }, 0],
    ['a later at and a source', { status: 'subscribed' as const, at: at(31), source: 'checkout' }, 1],
  ])('%s', (_, consent, lifts) => {
    expect(liftsOf(consent)).toBe(lifts);
  });
});

describe('people who were erased', () => {
  const erased = new Map([
    [externalIdentity('x'), { customerId: 'left', at: at(10) }],
    [addressIdentity('a@example.com'), { customerId: 'left', at: at(10) }],
  ]);

  it('do not come back by an event or an order', () => {
    const set = setOf({ erased });
    const outcomes = set.apply([
      op(20, { externalId: 'x', email: 'a@example.com' }, { firstName: 'A' }),
      op(21, { email: 'a@example.com' }, {}, 'reference'),
      op(22, { externalId: 'x' }, { consent: { status: 'subscribed' } }),
    ]);
    expect(outcomes).toEqual([0, 1, 2].map(() => ({ customerId: 'left', created: false, erased: true })));
    expect(people(set)).toEqual([]);
  });

  it('leave their address behind: another account may not bring it back', () => {
    const set = setOf({ erased });
    set.apply([op(20, { externalId: 'new', email: 'a@example.com' }, { email: 'a@example.com', firstName: 'A' })]);
    expect(people(set)).toEqual([expect.objectContaining({ externalId: 'new', email: null })]);
  });

  it('are back when they consent anew, with proof', () => {
    const set = setOf({ erased });
    const consent = { status: 'subscribed' as const, source: 'checkout', at: at(15) };
    const [outcome] = set.apply([
      op(20, { externalId: 'x', email: 'a@example.com' }, { email: 'a@example.com', consent }),
    ]);
    expect(outcome).toMatchObject({ created: true, erased: false });
    expect(set.revived).toEqual(new Set(['left']));
    expect(people(set)).toEqual([expect.objectContaining({ externalId: 'x', email: 'a@example.com' })]);
  });
});
