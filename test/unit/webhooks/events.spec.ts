import { readFileSync } from 'node:fs';
import path from 'node:path';
import { endpointFaults } from '../../../src/webhooks/domain/check-endpoint';
import { type CapturedFact, envelopeOf } from '../../../src/webhooks/domain/envelope';
import {
  COMMON_FIELDS,
  EVENT_TYPES,
  type EventType,
  SUBSCRIPTIONS,
  wants,
} from '../../../src/webhooks/domain/event-types';
import { isLastStraw, judgeDelivery, shownAnswer } from '../../../src/webhooks/domain/judge-delivery';

const NOW = new Date('2026-03-02T08:00:00Z');
const after = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);
const fact = (change: Partial<CapturedFact>): CapturedFact => ({
  ...{ id: 'e-1', type: 'customer.created', customerId: 'c-1', at: NOW, data: {}, externalId: 'x-1' },
  ...{ campaignId: null, campaign: null, enrollmentId: null, step: null, template: null },
  ...{ totalMinor: null, currency: null },
  ...change,
});

describe('types of events', () => {
  it('are wanted by name, by family, or all; a family is not a beginning of a name', () => {
    expect(wants(['stage.changed'], 'stage.changed')).toBe(true);
    expect(wants(['stage.*'], 'stage.changed')).toBe(true);
    expect(wants(['*'], 'stage.changed')).toBe(true);
    expect(wants(['segment.*', 'stage.chang', 'sta.*'], 'stage.changed')).toBe(false);
    expect(SUBSCRIPTIONS).toEqual(expect.arrayContaining(['*', 'message.*', 'message.clicked']));
    expect(new Set(SUBSCRIPTIONS).size).toBe(SUBSCRIPTIONS.length);
  });

  it('are documented with every field of their data', () => {
    const page = readFileSync(path.join(__dirname, '../../../docs/events-out.md'), 'utf8');
    const rows = new Map(
      page.split('\n').flatMap((line) => {
        const [, type] = /^\| `([a-z_]+\.[a-z]+)` \|/.exec(line) ?? [];
        return type === undefined ? [] : [[type, line] as const];
      }),
    );
    expect([...rows.keys()].sort()).toEqual(Object.keys(EVENT_TYPES).sort());
    const common = /^\| `message\.\*`.*$/m.exec(page)?.[0] ?? '';
    for (const [type, { data }] of Object.entries<EventType>(EVENT_TYPES)) {
      const line = `${rows.get(type) ?? ''} ${type.startsWith('message.') ? common : ''}`;
      for (const field of Object.keys(data)) expect(`${type}: ${line}`).toContain(`\`${field}\``);
    }
    for (const field of Object.keys(COMMON_FIELDS)) expect(page).toContain(`\`${field}\``);
  });
});

describe('an envelope', () => {
  it('has exactly the documented fields, null where nothing is known', () => {
    const data = { consent: 'subscribed', email: 'a@example.com' };
    expect(envelopeOf(fact({ data }), after(1))).toEqual({
      ...{ id: 'e-1', type: 'customer.created', timestamp: NOW.toISOString() },
      data: { customerId: 'c-1', externalId: 'x-1', consent: 'subscribed' },
    });
    for (const [type, { data: fields }] of Object.entries<EventType>(EVENT_TYPES)) {
      const told = envelopeOf(fact({ type }), NOW);
      expect(Object.keys(told.data)).toEqual(['customerId', 'externalId', ...Object.keys(fields)]);
    }
  });

  it('keeps the ids of customer and order apart, and tells money as everywhere', () => {
    const data = { orderId: 'o', externalId: 'o-1', origin: 'shop', reference: 'o' };
    const counted = fact({ type: 'order.counted', data, totalMinor: 4990, currency: 'EUR' });
    expect(envelopeOf(counted, NOW).data).toEqual({
      ...{ customerId: 'c-1', externalId: 'x-1', orderId: 'o', orderExternalId: 'o-1', origin: 'shop' },
      ...{ total: '49.90', currency: 'EUR' },
    });
  });

  it('takes the time at which it is made where the fact has none', () => {
    expect(envelopeOf(fact({ at: null }), after(1)).timestamp).toBe(after(1).toISOString());
  });
});

describe('an answer', () => {
  const answered = (status: number) => judgeDelivery({ kind: 'answered', status, retryAfterMs: null, excerpt: '' });
  it('of 2xx is accepted, 410 ends it, everything else is tried again', () => {
    expect([200, 202, 204].map(answered)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(answered(410)).toBe('gone');
    expect([301, 308, 400, 401, 404, 422, 429, 500, 503].map(answered)).toEqual(
      Array.from({ length: 9 }, () => 'again'),
    );
    expect(judgeDelivery({ kind: 'unreachable', error: 'address', forGood: true })).toBe('again');
  });

  it('is shown without addresses and credentials', () => {
    expect(shownAnswer('hello')).toBe('hello');
    expect(shownAnswer('no such user <ada@example.com>, key whsec_abc, Bearer xyz')).toBe(
      'no such user <[address]>, key [redacted] [redacted]',
    );
    expect(shownAnswer(`token=${'a1'.repeat(30)}`)).toBe('[redacted]');
  });

  it('is the last straw after five days without a success, but for the first try of an event', () => {
    expect(isLastStraw(NOW, 2, after(5))).toBe(true);
    expect(isLastStraw(NOW, 1, after(50))).toBe(false);
    expect(isLastStraw(NOW, 9, after(4.99))).toBe(false);
    expect(isLastStraw(null, 9, after(9))).toBe(false);
  });
});

describe('an endpoint', () => {
  it('has faults by path', () => {
    const faults = endpointFaults({ url: 'x', events: ['a.b', '*', 'stage.*', '*', 'ping'] }, () => 'is bad');
    expect(faults.map(({ path: at, message }) => `${at} ${message}`)).toEqual([
      ...['url is bad', 'events[0] a.b is not a type of event', 'events[3] * is named twice'],
      'events[4] ping is not a type of event',
    ]);
    expect(endpointFaults({}, () => 'is bad')).toEqual([]);
  });
});
