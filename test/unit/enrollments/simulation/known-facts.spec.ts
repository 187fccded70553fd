import { knownField, knownOrder, type OrderFact } from '../../../../src/enrollments/domain/simulation/build-past';
import { countsAt, refundedInFullAt } from '../../../../src/enrollments/domain/simulation/known-orders';
import { type AddressBook, KnownFields, KnownPerson } from '../../../../src/enrollments/domain/simulation/known-person';
import { derivedStageSignals } from '../../../../src/enrollments/domain/simulation/signals';

const at = (text: string): number => Date.parse(text);
const DAY = 86_400_000;
const NOBODY: AddressBook = { optouts: new Map(), suppressions: new Map(), holders: new Map() };

const field = (name: string, value: unknown, told: string, more: { at?: string; eventId?: string } = {}) =>
  knownField({
    field: name,
    at: at(more.at ?? told),
    recordedAt: at(told),
    eventId: more.eventId ?? 'shop:1',
    value,
  });

const ORDER: OrderFact = {
  id: 'o1',
  externalId: 'o1',
  placedAt: at('2026-01-10T10:00Z'),
  countedAt: at('2026-01-10T10:05Z'),
  unpaidSince: null,
  recordedAt: at('2026-01-10T10:05Z'),
  origin: 'shop',
  totalMinor: 5000,
  silent: false,
  refunds: null,
};

describe('a person as of any instant', () => {
  const fields = new KnownFields('c1', [
    field('email', 'ann@example.com', '2026-01-01T00:00Z'),
    field('email', 'ann@example.org', '2026-02-01T00:00Z'),
    field('timezone', 'Asia/Kathmandu', '2026-02-01T00:00Z'),
    field('consent', { status: 'subscribed', source: 'form' }, '2026-01-02T00:00Z'),
    field('deleted', '2026-03-01T00:00:00Z', '2026-03-01T00:00Z'),
  ]);

  it('is what was known then', () => {
    const person = new KnownPerson(fields, NOBODY, [], 'Europe/Rome');
    const before = person.mail(at('2026-01-01T12:00Z'));
    expect(before).toMatchObject({
      email: 'ann@example.com',
      consentStatus: 'none',
      suppressed: null,
      erased: false,
      hasBought: false,
    });
    expect(person.mail(at('2025-12-31T00:00Z')).email).toBeNull();
    expect(person.mail(at('2026-02-02T00:00Z'))).toMatchObject({
      email: 'ann@example.org',
      consentStatus: 'subscribed',
    });
    expect(person.mail(at('2026-03-01T00:00Z')).erased).toBe(true);
    expect([person.zone(at('2026-01-31T00:00Z')), person.zone(at('2026-02-01T00:00Z'))]).toEqual([
      'Europe/Rome',
      'Asia/Kathmandu',
    ]);
  });

  it('is unsubscribed and suppressed by the address, between its times', () => {
    const span = (reason: string) => [{ at: at('2026-01-10T00:00Z'), liftedAt: at('2026-01-20T00:00Z'), reason }];
    const book = {
      ...NOBODY,
      optouts: new Map([['ann@example.com', span('unsubscribed')]]),
      suppressions: new Map([['ann@example.com', span('hard_bounce')]]),
    };
    const person = new KnownPerson(fields, book, [], 'Europe/Rome');
    expect(person.mail(at('2026-01-09T00:00Z'))).toMatchObject({ consentStatus: 'subscribed', suppressed: null });
    expect(person.mail(at('2026-01-10T00:00Z'))).toMatchObject({
      consentStatus: 'unsubscribed',
      suppressed: { reason: 'hard_bounce' },
    });
    expect(person.mail(at('2026-01-20T00:00Z'))).toMatchObject({ consentStatus: 'subscribed', suppressed: null });
  });

  it('is unsubscribed by another who has the address, told no earlier than its own word', () => {
    const other = (told: string) =>
      new KnownFields('c2', [
        field('email', 'ann@example.com', '2025-01-01T00:00Z'),
        field('consent', { status: 'unsubscribed' }, told),
      ]);
    const consent = (told: string): string => {
      const book = { ...NOBODY, holders: new Map([['ann@example.com', [fields, other(told)]]]) };
      return new KnownPerson(fields, book, [], 'Europe/Rome').mail(at('2026-01-15T00:00Z')).consentStatus;
    };
    expect([consent('2026-01-01T00:00Z'), consent('2026-01-02T00:00Z'), consent('2026-01-16T00:00Z')]).toEqual([
      'subscribed',
      'unsubscribed',
      'subscribed',
    ]);
  });

  it('takes imported fields for what has always been, and imported consent from its own time', () => {
    const imported = { eventId: 'import:1:000000001 import:1' };
    const person = new KnownPerson(
      new KnownFields('c1', [
        field('email', 'ann@example.com', '2026-06-01T00:00Z', imported),
        field('consent', { status: 'subscribed', at: '2025-03-01T00:00:00Z' }, '2026-06-01T00:00Z', imported),
      ]),
      NOBODY,
      [],
      'Europe/Rome',
    );
    expect(person.mail(at('2025-02-01T00:00Z'))).toMatchObject({ email: 'ann@example.com', consentStatus: 'none' });
    expect(person.mail(at('2025-03-01T00:00Z')).consentStatus).toBe('subscribed');
  });

  it('takes what was told more than three days late by its own time', () => {
    expect(field('locale', 'it', '2026-01-10T00:00Z', { at: '2026-01-08T00:00Z' }).knownAt).toBe(
      at('2026-01-10T00:00Z'),
    );
    expect(field('locale', 'it', '2026-01-10T00:00Z', { at: '2026-01-05T00:00Z' }).knownAt).toBe(
      at('2026-01-05T00:00Z'),
    );
  });
});

describe('an order as of any instant', () => {
  it('counts from when the engine could know it until it was taken back in full', () => {
    const told = knownOrder(
      { ...ORDER, refunds: [{ at: at('2026-01-12T00:00Z'), recordedAt: at('2026-01-12T01:00Z'), minor: 5000 }] },
      undefined,
      undefined,
    );
    expect(countsAt(told, at('2026-01-10T10:04Z'))).toBe(false);
    expect(countsAt(told, at('2026-01-10T10:05Z'))).toBe(true);
    expect(countsAt(told, at('2026-01-12T00:59Z'))).toBe(true);
    expect(countsAt(told, at('2026-01-12T01:00Z'))).toBe(false);
  });

  it('counts from its own time if it was imported', () => {
    expect(knownOrder({ ...ORDER, silent: true }, undefined, undefined).countsFrom).toBe(ORDER.placedAt);
  });

  it('counts until it was cancelled', () => {
    const cancelledAt = at('2026-01-11T00:00Z');
    const cancelled = { ...ORDER, unpaidSince: at('2026-01-10T22:00Z') };
    expect(knownOrder(cancelled, undefined, cancelledAt).countsUntil).toBe(cancelledAt);
    expect(knownOrder(cancelled, undefined, undefined).countsUntil).toBe(cancelled.unpaidSince);
    expect(knownOrder(ORDER, undefined, cancelledAt).countsUntil).toBeNull();
  });

  it('is refunded in full by the refund that leaves nothing', () => {
    const refunds = [
      { knownAt: 20, minor: 60 },
      { knownAt: 10, minor: 50 },
    ];
    expect([refundedInFullAt(100, refunds), refundedInFullAt(111, refunds), refundedInFullAt(0, refunds)]).toEqual([
      20,
      null,
      null,
    ]);
  });
});

describe('stage changes of imported orders', () => {
  const rules = [{ since: 0, thresholdDays: 90, repeatMinOrders: 2 }];
  const order = (id: string, placed: string, until: string | null = null) => ({
    id,
    externalId: id,
    origin: 'shop',
    placedAt: at(placed),
    countsFrom: at(placed),
    countsUntil: until === null ? null : at(until),
    silent: true,
  });
  const changes = (orders: Array<ReturnType<typeof order>>, until = '2026-12-31T00:00Z'): string[] =>
    derivedStageSignals({ orders, until: at(until) }, rules, 'Europe/Rome')
      .filter(({ event }) => event.type === 'segment.entered')
      .map(
        ({ at: ms, event }) =>
          `${new Date(ms).toISOString()} ${String(event.properties.segment)} ${String(event.properties.cause)}`,
      );

  it('come at the orders and at the midnight at which a silence grew too long', () => {
    expect(
      changes([order('a', '2026-01-10T10:00Z'), order('b', '2026-02-01T10:00Z'), order('c', '2026-06-01T10:00Z')]),
    ).toEqual([
      '2026-01-10T10:00:00.000Z recent order',
      '2026-02-01T10:00:00.000Z repeat order',
      '2026-05-02T22:00:00.000Z lapsed time',
      '2026-06-01T10:00:00.000Z repeat order',
      '2026-08-30T22:00:00.000Z lapsed time',
    ]);
  });

  it('come with refunds, and end where the log begins', () => {
    const orders = [order('a', '2026-01-10T10:00Z', '2026-01-20T10:00Z')];
    expect(changes(orders)).toEqual([
      '2026-01-10T10:00:00.000Z recent order',
      '2026-01-20T10:00:00.000Z prospect refund',
    ]);
    expect(changes(orders, '2026-01-15T00:00Z')).toEqual(['2026-01-10T10:00:00.000Z recent order']);
  });

  it('leave day 90 alone and lapse on day 91', () => {
    const lapsed =
      changes([order('a', '2026-01-10T10:00Z')])
        .at(-1)
        ?.slice(0, 24) ?? '';
    expect(at(lapsed) - at('2026-01-09T23:00Z')).toBe(91 * DAY - 3_600_000);
  });
});
