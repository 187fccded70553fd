import { type EventfulClient, type Incident } from './eventful-client';

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
const known = (from: number, to: number): string[] => numbers(from, to).map((n) => `c${String(n).padStart(4, '0')}`);
const newcomers = (from: number, to: number): string[] =>
  numbers(from, to).map((n) => `n${String(n).padStart(4, '0')}`);
const addressOf = (externalId: string): string => `${externalId}@shoppers.example`;

const THANKS = {
  key: 'thanks',
  name: 'Thanks for the order',
  basis: 'soft_opt_in',
  trigger: { on: 'order' },
  audience: {
    all: [{ field: 'orders.count', op: 'lte', value: 5 }, { not: { field: 'stage', op: 'eq', value: 'lapsed' } }],
  },
  entry: { limit: 'unlimited', key: 'order' },
  holdout: 0.3,
  maxLateness: 'PT12H',
  steps: [
    { kind: 'wait', for: 'PT40M' },
    { kind: 'email', key: 'thanks', template: 'welcome-1' },
    { kind: 'wait', for: 'P1D', at: '18:30' },
    { kind: 'email', key: 'again', template: 'welcome-2' },
    { kind: 'exit' },
  ],
};

const REVIEWERS = {
  key: 'reviewers',
  name: 'Thanks for the review',
  basis: 'consent',
  trigger: { on: 'event', event: 'review.posted' },
  audience: {
    any: [
      { field: 'locale', op: 'eq', value: 'it' },
      { field: 'attributes.vip', op: 'eq', value: true },
    ],
  },
  entry: { limit: 'unlimited' },
  goal: { event: 'ticket.opened', within: 'P2D', exit: true },
  steps: [
    { kind: 'email', key: 'so-kind', template: 'welcome-1' },
    { kind: 'wait', for: 'P6D' },
    { kind: 'email', key: 'once-more', template: 'welcome-2' },
  ],
};

/** Of no use two hours later, and before all others. */
const FLASH = {
  key: 'flash',
  name: 'For two hours',
  basis: 'consent',
  trigger: { on: 'event', event: 'sale.started' },
  entry: { limit: 'unlimited' },
  holdout: 0.2,
  priority: 90,
  maxLateness: 'PT2H',
  steps: [{ kind: 'email', key: 'now', template: 'welcome-1' }],
};

const TICKETS = {
  key: 'tickets',
  name: 'We are on it',
  purpose: 'transactional',
  basis: 'transactional',
  trigger: { on: 'event', event: 'ticket.opened' },
  entry: { limit: 'unlimited' },
  holdout: 0,
  steps: [{ kind: 'email', key: 'on-it', template: 'on-it' }],
};

const ON_IT = {
  key: 'on-it',
  name: 'We are on it',
  kind: 'transactional',
  defaultLocale: 'en',
  locales: {
    en: {
      subject: 'We are on it',
      mjml: `<mjml><mj-body><mj-section><mj-column><mj-text>{{customer.firstName}}, we have
        <a href="https://shop.test/tickets">your question</a>.</mj-text></mj-column></mj-section></mj-body></mjml>`,
    },
  },
};

/** At instants of their own: what is told of one person at one instant may be taken together or one by one. */
const at = (day: number, happen: Incident['happen']): Incident => ({ hour: day * 24 + 3.15, happen });

async function tellOf(world: EventfulClient, now: Date, ids: readonly string[], type: string, data: object = {}) {
  for (const externalId of ids) {
    const isProfile = type.startsWith('customer.');
    await world.tell(now, type, isProfile ? { externalId, ...data } : { customer: { externalId }, ...data });
  }
}

/**
 * What else happens while the demo lives through 25 days: facts that come, are taken back and come again, campaigns
 * that are paused, changed and ended, and a stop of all mail.
 */
export function incidents(): Incident[] {
  const left: string[] = [];
  return [
    {
      hour: 0,
      happen: async (world) => {
        await world.post('/api/v1/templates', ON_IT);
        for (const campaign of [THANKS, REVIEWERS, FLASH, TICKETS]) {
          await world.post('/api/v1/campaigns', campaign);
          await world.post(`/api/v1/campaigns/${campaign.key}/activate`);
        }
      },
    },
    at(1, (world, now) => tellOf(world, now, known(1, 50), 'review.posted')),
    at(2, (world, now) => tellOf(world, now, known(20, 40), 'review.posted')),
    at(2.3, (world, now) => tellOf(world, now, known(30, 45), 'ticket.opened')),
    at(3, async (world) => {
      for (const id of [...known(40, 90), ...newcomers(1, 30)]) {
        await world.post('/api/v1/suppressions', { address: addressOf(id), reason: 'manual' });
      }
    }),
    at(4, async (world, now) => {
      await tellOf(world, now, known(1, 25), 'customer.updated', { timezone: 'America/New_York', locale: 'en' });
      await tellOf(world, now, known(10, 30), 'customer.updated', { attributes: { vip: true } });
      const consent = { status: 'unsubscribed', source: 'phone', at: now.toISOString() };
      await tellOf(world, now, known(100, 130), 'customer.updated', { consent });
      await tellOf(world, now, known(131, 150), 'customer.updated', { email: null });
      // They take addresses whose other holders were unsubscribed: that holds for them too.
      for (const n of [0, 1, 2, 3, 4, 5]) {
        await tellOf(world, now, known(152 + n, 152 + n), 'customer.updated', { email: addressOf(`c010${n}`) });
      }
    }),
    at(4.2, (world, now) => tellOf(world, now, known(150, 160), 'review.posted')),
    at(5, async (world, now) => {
      const orders = await world.newOrders();
      for (const { externalId, total } of orders.slice(0, 8)) {
        await world.tell(now, 'order.refunded', { orderExternalId: externalId, amount: total, at: now.toISOString() });
      }
      for (const { externalId, placedAt, currency, total, lines } of orders.slice(8, 16)) {
        const customer = { externalId: externalId.slice(0, 5) };
        await world.tell(now, 'order.cancelled', { externalId, customer, placedAt, currency, total, lines });
      }
      await world.post('/api/v1/campaigns/cross-sell/pause');
      await tellOf(world, now, known(1, 50), 'review.posted');
    }),
    at(6, async (world) => {
      for (const id of [...known(40, 65), ...newcomers(1, 15)]) {
        await world.call('DELETE', `/api/v1/suppressions?address=${encodeURIComponent(addressOf(id))}`);
      }
    }),
    // Before the second mail of those who wrote a review on the first day.
    at(6.2, async (world, now) => {
      await tellOf(world, now, known(1, 12), 'customer.updated', { email: null });
      await tellOf(world, now, known(13, 19), 'customer.deleted');
    }),
    at(7, async (world, now) => {
      await tellOf(world, now, known(160, 180), 'customer.deleted');
      await tellOf(world, now, known(35, 60), 'ticket.opened');
    }),
    at(8, (world) => world.post('/api/v1/campaigns/cross-sell/resume')),
    at(9, async (world, now) => {
      const mails = [...world.mailsOf('thanks', 12), ...world.mailsOf('welcome', 12)];
      for (const mail of mails) await world.leave(mail);
      left.push(...mails.map((mail) => mail.to));
      await tellOf(world, now, known(160, 170), 'customer.updated', { firstName: 'Back' });
    }),
    at(10, async (world, now) => {
      const consent = { status: 'subscribed', source: 'checkout', at: now.toISOString() };
      const back = left.slice(0, 16).map((address) => address.slice(0, 5));
      await tellOf(world, now, [...back, ...known(100, 110)], 'customer.updated', { consent });
    }),
    at(11, (world) =>
      world.call('PUT', '/api/v1/campaigns/thanks', { ...THANKS, holdout: 0.6, steps: THANKS.steps.slice(0, 2) }),
    ),
    at(12, async (world) => {
      for (const address of left.slice(0, 8)) {
        const mail = world.mails.find(({ to, headers }) => to === address && headers['list-unsubscribe'] !== undefined);
        if (mail) await world.leave(mail);
      }
    }),
    at(13, async (world) => {
      await world.call('PUT', '/api/v1/settings/sending', { paused: true, reason: 'a fault in the shop' });
    }),
    at(14, async (world, now) => {
      for (const mail of world.mailsOf('thanks', 20, left)) await world.leave(mail);
      await tellOf(world, now, known(181, 200), 'customer.deleted');
    }),
    at(14.5, async (world) => {
      await world.call('PUT', '/api/v1/settings/sending', { paused: false });
    }),
    at(15, (world, now) => tellOf(world, now, [...known(1, 60), ...known(100, 130)], 'review.posted')),
    // Late in the evening, and again when mails wait for their turn.
    at(16.6, (world, now) => tellOf(world, now, known(200, 250), 'sale.started')),
    at(17, (world, now) => tellOf(world, now, known(1, 250), 'sale.started')),
    at(18, (world) => world.post('/api/v1/campaigns/reviewers/archive')),
    at(19, (world, now) => tellOf(world, now, known(1, 20), 'review.posted')),
  ];
}
