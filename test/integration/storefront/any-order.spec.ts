import fc from 'fast-check';
import { DeliveryIngest } from '../../../src/storefront/delivery-ingest';
import { EventsDoor } from '../../../src/storefront/events-door';
import { startTestApp, type TestApp } from '../../support/app';

/** No engine runs by itself here: what is accepted waits until the test works it off. */
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ env: { ROLE: 'api' } });
});
afterAll(() => app.close());

const NOW = new Date('2026-03-02T08:00:00.000Z');
const at = (hour: number) => new Date(NOW.getTime() - hour * 3_600_000).toISOString();

interface Event {
  type: string;
  occurredAt: string;
  data: Record<string, unknown>;
}

// Few names and few times, so that events meet: equal versions, shared addresses, refunds before their orders.
const externalId = fc.constantFrom('p', 'q', 'r');
const email = fc.constantFrom('p@example.com', 'q@example.com', 'shared@example.com', null);
const hour = fc.constantFrom(1, 2, 3, 90);
const orderId = fc.constantFrom('o1', 'o2');
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const identity = fc
  .record({ externalId: optional(externalId), email: optional(email) })
  .filter((who) => Boolean(who.externalId ?? who.email));

const customerEvent = fc
  .record({
    type: fc.constantFrom('customer.created', 'customer.updated'),
    who: identity,
    hour,
    firstName: optional(fc.constantFrom('Ada', 'Bea', null)),
    tags: optional(fc.constantFrom(['a'], ['b', 'c'], [])),
    city: optional(fc.constantFrom('Torino', 'Roma', null)),
    consent: optional(
      fc.constantFrom<object>(
        { status: 'subscribed' },
        { status: 'unsubscribed' },
        { status: 'subscribed', source: 'till', at: at(1) },
      ),
    ),
  })
  .map(({ type, who, hour: h, city, ...fields }): Event => {
    const attributes = city === undefined ? {} : { attributes: { city } };
    return { type, occurredAt: at(h), data: { ...who, ...fields, ...attributes } };
  });

const orderEvent = fc
  .record({
    type: fc.constantFrom('order.placed', 'order.updated', 'order.cancelled'),
    id: orderId,
    who: identity,
    hour,
    status: optional(fc.constantFrom('pending', 'paid')),
    total: fc.constantFrom('10.00', '20.00'),
    lines: fc.constantFrom(['moka'], ['moka', 'beans']),
  })
  .map(({ type, id, who, hour: h, status, total, lines }): Event => ({
    type,
    occurredAt: at(h),
    data: {
      externalId: id,
      customer: who,
      placedAt: at(100),
      currency: 'EUR',
      total,
      status,
      lines: lines.map((productExternalId) => ({ productExternalId, quantity: 1, unitPrice: '10.00' })),
    },
  }));

const refundEvent = fc
  .record({ id: orderId, hour, amount: fc.constantFrom('4.00', '10.00') })
  .map(({ id, hour: h, amount }): Event => ({
    type: 'order.refunded',
    occurredAt: at(h),
    data: { orderExternalId: id, amount, at: at(h) },
  }));

const shipmentEvent = fc
  .record({ id: orderId, hour, type: fc.constantFrom('order.fulfilled', 'order.delivered') })
  .map(({ id, hour: h, type }): Event => ({ type, occurredAt: at(h), data: { orderExternalId: id, at: at(h) } }));

const otherEvent = fc.oneof(
  fc
    .record({ who: identity, hour })
    .map(({ who, hour: h }): Event => ({ type: 'page.viewed', occurredAt: at(h), data: { customer: who } })),
  fc
    .record({ id: externalId, hour })
    .map(({ id, hour: h }): Event => ({ type: 'customer.deleted', occurredAt: at(h), data: { externalId: id } })),
  fc
    .record({ name: fc.constantFrom('Moka', 'Macchinetta'), price: optional(fc.constantFrom('9.90', null)), hour })
    .map(({ hour: h, ...fields }): Event => ({
      type: 'product.updated',
      occurredAt: at(h),
      data: { externalId: 'moka', ...fields },
    })),
);

const story = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: customerEvent },
      { weight: 4, arbitrary: orderEvent },
      refundEvent,
      shipmentEvent,
      otherEvent,
    ),
    {
      minLength: 2,
      maxLength: 12,
    },
  )
  .map((events) => events.map((event, i) => ({ id: `e${i}`, ...event })));

/** A story, and the same told in another order, some of it several times, in several calls. */
const retold = story.chain((events) =>
  fc.record({
    events: fc.constant(events),
    shuffled: fc.shuffledSubarray(events, { minLength: events.length }),
    repeats: fc.subarray(events),
    batch: fc.constantFrom(1, 3, 500),
  }),
);

async function clear(): Promise<void> {
  await app.database
    .execute(`truncate deliveries, delivery_ids, customers, customer_aliases, customer_statements, customer_first_words, customer_merges,
    customer_events, address_optouts, customer_orders, customer_stages, stage_transitions, orders, order_lines, refunds,
    parked_order_marks, order_changes, products cascade`);
}

async function tell(calls: unknown[][], batch: number): Promise<Record<string, unknown[]>> {
  await clear();
  for (const events of calls.filter((call) => call.length > 0)) {
    const { rejected } = await app.app.get(EventsDoor).accept(events);
    expect(rejected).toEqual([]);
  }
  while ((await app.app.get(DeliveryIngest).workOff(NOW, batch)) > 0);
  return state();
}

/** Everything that the events came to, without what is ours alone (ids, times of recording). */
async function state(): Promise<Record<string, unknown[]>> {
  const query = (sql: string) => app.database.query(sql);
  return {
    customers:
      await query(`select external_id, email, first_name, last_name, attributes, tags, consent_status, consent_source,
      consent_at, versions, deleted_at, created_at from customers order by external_id, email, versions::text`),
    orders:
      await query(`select o.external_id, c.external_id as customer, c.email, o.placed_at, o.status, o.total_minor, o.refunded_minor,
        o.counting, o.versions, o.fulfilled_at, o.delivered_at,
        (select array_agg(l.product_external_id order by l.position) from order_lines l where l.order_id = o.id) as lines
      from orders o left join customers c on c.id = o.customer_id order by 1`),
    refunds: await query(
      'select event_key, order_external_id, amount, at, order_id is null as parked from refunds order by 1',
    ),
    parked: await query('select event_key, kind, at from parked_order_marks order by 1'),
    sums: await query(`select c.external_id, c.email, coalesce(o.count, 0) as count, coalesce(o.total_minor, 0) as total, s.stage from customers c
      left join customer_orders o on o.customer_id = c.id left join customer_stages s on s.customer_id = c.id order by 1, 2, c.versions::text`),
    events: await query(`select e.type, e.event_id, e.occurred_at, e.starts, c.external_id, c.email,
        e.properties - 'orderId' as properties, o.external_id as about
      from customer_events e join customers c on c.id = e.customer_id left join orders o on o.id = e.reference
      where e.type not like 'segment.%' and e.type <> 'order.counted' order by 1, 2, 3`),
    counted: await query(
      `select o.external_id, e.starts from customer_events e join orders o on o.id = e.reference where e.type = 'order.counted' order by 1`,
    ),
    products: await query('select external_id, name, price, active from products order by 1'),
    deliveries: await query(`select delivery_id, status from deliveries order by 1`),
  };
}

test('any order and any repetition of the same events end in the same state', async () => {
  await fc.assert(
    fc.asyncProperty(retold, async ({ events, shuffled, repeats, batch }) => {
      const once = await tell([events], batch);
      const half = Math.ceil(shuffled.length / 2);
      const again = await tell([shuffled.slice(0, half), [...repeats, ...shuffled.slice(half)], repeats], batch);
      expect(again).toEqual(once);
    }),
    { numRuns: 25 },
  );
}, 240_000);
