import { eventsOfFact, inOrderOfTime } from '../../../src/storefront/domain/customer-log';
import { type Envelope } from '../../../src/storefront/domain/envelope';
import { customerOp, type Fact, orderOp, startsSomething } from '../../../src/storefront/domain/fact';
import { blameOf } from '../../../src/storefront/domain/poison';
import { readEnvelope } from '../../../src/storefront/domain/read-envelope';

const now = new Date('2026-03-10T08:00:00Z');
const hours = (n: number) => new Date(now.getTime() - n * 3_600_000);

function envelope(type: string, data: Record<string, unknown>, occurredAt = now): Envelope {
  const read = readEnvelope(
    { type, occurredAt: occurredAt.toISOString(), data },
    { storeCurrency: 'EUR', vendor: false },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.envelope;
}

const fact = (told: Envelope, more: Partial<Fact> = {}): Fact => ({
  envelope: told,
  origin: 'source:shop',
  eventId: 'e1',
  deliveryId: null,
  silent: false,
  ...more,
});

test('an event of 72 hours still starts something, an older or silent one never', () => {
  expect(startsSomething({ silent: false }, hours(72), now)).toBe(true);
  expect(startsSomething({ silent: false }, new Date(hours(72).getTime() - 1), now)).toBe(false);
  expect(startsSomething({ silent: true }, now, now)).toBe(false);
});

test('what an event says of a customer: absent fields are not in the patch, null ones are', () => {
  const told = envelope('customer.updated', { externalId: 'c1', email: 'a@b.example', lastName: null });
  expect(customerOp(fact(told))).toEqual({
    kind: 'upsert',
    identity: { externalId: 'c1', email: 'a@b.example' },
    patch: { email: 'a@b.example', lastName: null },
    version: { at: now, eventId: 'e1 source:shop' },
    source: 'source:shop',
  });
});

test('each refund has an identity of its own: its key, else the id of its event in its source', () => {
  const told = envelope('order.refunded', { orderExternalId: 'o1', amount: '5', at: now.toISOString() });
  expect(orderOp(fact(told), null, now)).toMatchObject({
    kind: 'refund',
    amount: '5',
    version: { eventId: 'source:shop:e1' },
  });
  const keyed = { ...told, onceKey: 'refund:9' } as Envelope;
  expect(orderOp(fact(keyed), null, now)).toMatchObject({ version: { eventId: 'source:shop:refund:9' } });
});

test('the log holds the type as received, and the consent that it brought', () => {
  const told = envelope('customer.created', { externalId: 'c1' }, hours(100));
  const resolved = { customerId: 'id', orderId: null, consentSubscribed: true };
  expect(eventsOfFact(fact(told), resolved, now)).toMatchObject([
    { type: 'customer.created', eventId: 'source:shop:e1', starts: false },
    { type: 'consent.subscribed', starts: false },
  ]);
  expect(eventsOfFact(fact(told, { silent: true }), resolved, now)).toEqual([]);
  expect(eventsOfFact(fact(told), { ...resolved, customerId: null }, now)).toEqual([]);
});

test('the log is in the order of time, whatever the order of arrival', () => {
  const event = (occurredAt: Date, eventId: string) => ({
    customerId: 'c',
    type: 't',
    occurredAt,
    eventId,
    starts: true,
  });
  const events = [event(now, 'b'), event(hours(1), 'z'), event(now, 'a')];
  const sorted = inOrderOfTime(events);
  expect(sorted.map((one) => one.eventId)).toEqual(['z', 'a', 'b']);
  expect(inOrderOfTime([...events].reverse())).toEqual(sorted);
});

test('what is the fault of a value, and what of the moment', () => {
  expect(blameOf('22P02', new Error('x'))).toBe('value');
  expect(blameOf('23505', new Error('x'))).toBe('value');
  expect(blameOf('40P01', new Error('x'))).toBe('moment');
  expect(blameOf('ECONNREFUSED', new Error('x'))).toBe('moment');
  expect(blameOf('', new TypeError('x'))).toBe('value');
  expect(blameOf('', new Error('Connection terminated unexpectedly'))).toBe('unknown');
});
