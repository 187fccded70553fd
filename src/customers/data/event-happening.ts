import { type FactHappening, isPlainText, type SqlReading } from '../facts';

const MOST_PROPERTIES = 20;
const TYPE = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/;

/** Events that restate other records: they are logged only while a campaign listens (`CustomerEvents`). */
const ASKED_OTHERWISE: Readonly<Record<string, string>> = {
  'order.counted': 'bought',
  'segment.entered': 'segment',
  'segment.left': 'segment',
};

/** In the place of a type: whatever a person does on the site. */
const ANY = '*';

/**
 * What is in the log without the person having done anything on the site: what we derive, and what the shop did or tells of
 * its records. Orders are asked for with `bought` and `orders.*`.
 */
const NOT_BY_THE_PERSON: readonly string[] = [
  ...['customer.created', 'customer.updated', 'customer.deleted', 'product.updated', 'ticket.closed'],
  ...['order.placed', 'order.updated', 'order.cancelled', 'order.refunded', 'order.fulfilled', 'order.delivered'],
  ...['order.counted', 'segment.entered', 'segment.left', 'coupon.expiring', 'tier.changed', 'referral.rewarded'],
];

/** By which names an event is announced to those who keep something that follows from events. */
export function eventFacts(type: string): string[] {
  return [`event:${type}`, ...(NOT_BY_THE_PERSON.includes(type) ? [] : [`event:${ANY}`])];
}

/** `{ "event": "page.viewed", "where": { "path": "/sale" } }`: what the log of customers has. */
export const EVENT: FactHappening = {
  name: 'event',
  form: '{ "event": "page.viewed", "where"?: { "path": "/sale" }, "within"?: "P7D", "atLeast"?: 3 }',
  about:
    'Events of this type that were recorded for the customer: those of the shop by their own type, and ' +
    '`consent.subscribed`. The type `*` means whatever the person did on the site: every type of the shop’s own, baskets, ' +
    'checkouts, reviews, opened tickets, answers, choices on the preference page and signing up; not orders, and not ' +
    'what the shop did or we derived. `where` names properties and the text, number or truth ' +
    'value that each must be equal to (20 at most); a property that is a list or an object is equal to none. Its time ' +
    'is `occurredAt`. Imports leave no events: what was bought is asked for with `bought` and `orders.*`.',
  keys: ['where', 'within', 'atLeast'],

  read({ event, where = {} }, fault) {
    if (typeof event === 'string' && Object.hasOwn(ASKED_OTHERWISE, event)) {
      return fault('event', `is no recorded event; ask with ${ASKED_OTHERWISE[event] ?? ''}`);
    }
    const type =
      typeof event === 'string' && (event === ANY || TYPE.test(event))
        ? event
        : fault('event', 'must be a type of event such as page.viewed');
    if (typeof where !== 'object' || where === null || Array.isArray(where)) {
      return fault('where', 'must be an object of properties and what they are equal to');
    }
    const wanted = Object.entries(where);
    if (wanted.length > MOST_PROPERTIES) return fault('where', `must name at most ${MOST_PROPERTIES} properties`);
    const wrong = wanted.filter(([name, value]) => !isPlainText(name) || !isScalar(value));
    for (const [name] of wrong) fault(`where.${name}`, 'must be a text, a number, true or false');
    if (type === undefined || wrong.length > 0) return undefined;
    return { event: type, ...(wanted.length > 0 ? { where: JSON.stringify(where) } : {}) };
  },

  label: ({ event = '', where }) => `event ${event}${where === undefined ? '' : ` where ${where}`}`,

  // Events are many and of many types: only changes of the type that is counted are told.
  toldAs: ({ event = '' }) => [`event:${event}`],

  sql: ({ event, where }, { param }) => ({
    from: 'customer_events e',
    // With scalars `@>` is equality of properties at the top level.
    where: `${typeSql(event, param)}${where === undefined ? '' : ` and e.properties @> ${param(where, 'jsonb')}`}`,
    customer: 'e.customer_id',
    at: 'e.occurred_at',
  }),
};

function typeSql(event: string | undefined, param: SqlReading['param']): string {
  return event === ANY ? `e.type <> all(${param(NOT_BY_THE_PERSON, 'text[]')})` : `e.type = ${param(event, 'text')}`;
}

function isScalar(value: unknown): boolean {
  if (typeof value === 'string') return value === '' || isPlainText(value);
  return typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
}
