import { type ApiClient } from '../../../src/demo/api-client';
import { pick, type Random, seeded } from '../../../src/demo/domain/random';
import { type DemoMail, linksOf, Mailbox, oneClickOf } from '../../../src/demo/mailbox';
import { CAMPAIGNS, HELLO, POLICY, POOLS, RECEIPT, SEGMENTS } from './campaigns';

export const SHOP_OPENS = new Date('2026-03-02T05:00:00.000Z');
export const DAYS = 38;
const DAY = 86_400_000;
const MINUTE = 60_000;
const ZONES = ['Europe/Rome', 'America/New_York', 'Asia/Kathmandu', ''];

const P1 = { productExternalId: 'P1' };
const P2 = { productExternalId: 'P2', category: 'tea' };
/** What one order after the other is of: one product that everybody has bought before, and one that is new. */
const PRODUCTS = [[P1], [P2], [P2, P1], [P1]];

/** How much happens. */
export interface ShopScale {
  seed: number;
  known: number;
  newcomers: number;
  visits: number;
  orders: number;
}

interface Happening {
  at: Date;
  happen: (now: Date) => Promise<void>;
}

/**
 * A shop with a past and some weeks of busy life, on the test clock: everything is told at the moment at which it
 * happens, each at a moment of its own. The live engine runs all the while.
 */
export class RecordedShop {
  private readonly random: Random;
  private readonly mailbox: Mailbox;
  private readonly mails: DemoMail[] = [];
  private readonly placed: Array<{ externalId: string; customer: object; total: string; placedAt: string }> = [];
  private told = 0;
  private ordered = 0;
  private moments = new Set<number>();

  constructor(
    private readonly api: ApiClient,
    private readonly scale: ShopScale,
  ) {
    this.random = seeded(scale.seed);
    this.mailbox = new Mailbox(api.base);
  }

  /** Opens the shop, launches the campaigns and lets the weeks pass. */
  async live(): Promise<void> {
    await this.open();
    const happenings = this.plan().sort((a, b) => a.at.getTime() - b.at.getTime());
    for (const { at, happen } of happenings) {
      await this.api.post('/api/v1/test-clock', { advanceTo: at.toISOString() });
      this.mails.push(...(await this.mailbox.fetchNew()));
      await happen(at);
    }
    const end = new Date(SHOP_OPENS.getTime() + DAYS * DAY);
    await this.api.post('/api/v1/test-clock', { advanceTo: end.toISOString() });
  }

  private async open(): Promise<void> {
    const { api } = this;
    await api.importFile('customers', this.knownCustomers());
    await api.importFile('orders', this.pastOrders());
    for (const template of [HELLO, RECEIPT]) await api.post('/api/v1/templates', template);
    for (const pool of POOLS) await api.post('/api/v1/coupon-pools', pool);
    for (const segment of SEGMENTS) await api.post('/api/v1/segments', segment);
    await api.call('PUT', '/api/v1/settings/contact-policy', POLICY);
    for (const campaign of CAMPAIGNS) {
      await api.post('/api/v1/campaigns', campaign);
      await api.post(`/api/v1/campaigns/${campaign.key}/activate`);
    }
  }

  private knownCustomers(): string {
    const rows = this.ids('k', this.scale.known).map((id, i) => {
      const consent = i % 4 === 3 ? 'none,,' : `subscribed,2025-06-01T10:00:00Z,form`;
      const birthday = `19${60 + (i % 30)}-0${3 + (i % 2)}-${String(1 + (i % 28)).padStart(2, '0')}`;
      return `${id},${id}@shop.example,Ann,${ZONES[i % 4] ?? ''},2025-05-01T10:00:00Z,${consent},${birthday}`;
    });
    const head = 'externalId,email,firstName,timezone,createdAt,consent,consentAt,consentSource,attributes.birthday';
    return [head, ...rows].join('\n');
  }

  /**
   * The last order of each lies up to 100 days back, so that silences grow too long all through the weeks. Most have bought
   * the same again before, after eight to fifteen days.
   */
  private pastOrders(): string {
    const rows = this.ids('k', this.scale.known).flatMap((id, i) => {
      const last = SHOP_OPENS.getTime() - (1 + (i * 99) / this.scale.known) * DAY;
      const times = i % 3 === 2 ? [last] : [last - (8 + (i % 9)) * DAY, last];
      return times.map((at, n) => {
        const placedAt = new Date(at).toISOString();
        return `${id}-past-${n},${id},${id}@shop.example,${placedAt},EUR,20.00,P1,1,20.00`;
      });
    });
    const head =
      'orderExternalId,customerExternalId,email,placedAt,currency,total,productExternalId,quantity,unitPrice';
    return [head, ...rows].join('\n');
  }

  private plan(): Happening[] {
    const { known, newcomers, visits, orders } = this.scale;
    const people = [...this.ids('k', known), ...this.ids('n', newcomers)];
    const someone = (): { externalId: string } => ({ externalId: pick(this.random, people) });
    return [
      ...this.ids('n', newcomers).map((id, i) => this.on(this.within(0, 24), (now) => this.signUp(id, i, now))),
      ...this.times(visits, (now) => this.tell('page.viewed', { customer: someone(), properties: { path: '/' } }, now)),
      ...this.times(orders, (now) => this.order(someone(), now)),
      ...this.times(4, (now) => this.order(someone(), now, { origin: 'renewal' })),
      ...this.times(5, (now) => this.refund(now), 8),
      ...this.times(6, (now) => this.cancel(now), 6),
      ...this.fickle(),
      ...this.times(8, () => this.leave(), 5),
      ...this.times(25, () => this.click(), 3),
      ...this.changes(someone),
    ];
  }

  private changes(someone: () => { externalId: string }): Happening[] {
    const update = (data: object, now: Date): Promise<void> =>
      this.tell('customer.updated', { ...someone(), ...data }, now);
    const consent = (status: string) => (now: Date) =>
      update({ consent: { status, source: 'phone', at: now.toISOString() } }, now);
    const addresses: string[] = [];
    return [
      ...this.times(6, consent('unsubscribed')),
      ...this.times(8, consent('subscribed')),
      ...this.times(6, (now) => update({ timezone: pick(this.random, ['Europe/Rome', 'Asia/Tokyo']) }, now)),
      ...this.times(3, (now) => update({ email: null }, now)),
      ...this.times(3, (now) => this.tell('customer.deleted', someone(), now), 10),
      ...this.times(12, (now) => update({ attributes: { vip: this.random() < 0.6 } }, now)),
      ...this.times(5, (now) => update({ tags: ['complaint'] }, now)),
      ...this.times(3, (now) => update({ tags: [] }, now), 12),
      ...this.times(6, async () => {
        const address = `${someone().externalId}@shop.example`;
        addresses.push(address);
        await this.api.post('/api/v1/suppressions', { address, reason: 'manual' });
      }),
      ...this.times(
        3,
        async () => {
          const address = addresses.shift();
          if (address) await this.api.call('DELETE', `/api/v1/suppressions?address=${encodeURIComponent(address)}`);
        },
        20,
      ),
    ];
  }

  private signUp(id: string, i: number, now: Date): Promise<void> {
    const status = i % 6 === 5 ? 'none' : 'subscribed';
    return this.tell(
      'customer.created',
      {
        externalId: id,
        email: `${id}@shop.example`,
        firstName: 'Bob',
        ...(i % 4 === 3 ? {} : { timezone: ZONES[i % 4] }),
        consent: { status, source: 'form', at: now.toISOString() },
      },
      now,
    );
  }

  private async order(customer: { externalId: string }, now: Date, more: object = {}): Promise<void> {
    this.placed.push(await this.place(customer, now, more));
  }

  private async place(
    customer: { externalId: string },
    now: Date,
    more: object = {},
  ): Promise<RecordedShop['placed'][number]> {
    const externalId = `order-${++this.ordered}`;
    const order = {
      externalId,
      customer: { ...customer, email: `${customer.externalId}@shop.example` },
      placedAt: now.toISOString(),
      currency: 'EUR',
      total: '30.00',
      lines: PRODUCTS[this.ordered % 4]?.map((one) => ({ ...one, quantity: 1, unitPrice: '30.00' })),
      ...more,
    };
    await this.tell('order.placed', order, now);
    return order;
  }

  /** Somebody who has bought when the news of a Tuesday go out, and calls it off on Wednesday. */
  private fickle(): Happening[] {
    const after = (days: number): Date => new Date(SHOP_OPENS.getTime() + days * DAY + 31_000);
    let placed: object = {};
    return [
      this.on(after(7.5), async (now) => void (placed = await this.place({ externalId: 'fickle' }, now))),
      this.on(after(9.5), (now) => this.tell('order.cancelled', placed, now)),
    ];
  }

  private async refund(now: Date): Promise<void> {
    const order = this.placed.splice(Math.floor(this.random() * this.placed.length), 1)[0];
    if (order)
      await this.tell(
        'order.refunded',
        { orderExternalId: order.externalId, amount: order.total, at: now.toISOString() },
        now,
      );
  }

  private async cancel(now: Date): Promise<void> {
    const order = this.placed.splice(Math.floor(this.random() * this.placed.length), 1)[0];
    if (order) await this.tell('order.cancelled', order, now);
  }

  private async leave(): Promise<void> {
    const mail = pick(
      this.random,
      this.mails.filter((one) => one.headers['list-unsubscribe'] !== undefined),
    );
    const link = oneClickOf(mail)?.replace('http://ritorno.test', this.api.base) ?? '';
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    const answer = await fetch(link, { method: 'POST', body });
    if (!answer.ok) throw new Error(`unsubscribing answered ${answer.status}`);
  }

  private async click(): Promise<void> {
    const mail = pick(this.random, this.mails);
    const link = linksOf(mail)
      .find((one) => one.includes('/t/c/'))
      ?.replace('http://ritorno.test', this.api.base);
    if (link)
      await fetch(link, {
        redirect: 'manual',
        headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' },
      });
  }

  private async tell(type: string, data: object, now: Date): Promise<void> {
    const event = { id: `told-${++this.told}`, type, occurredAt: now.toISOString(), data };
    const { rejected } = await this.api.post<{ rejected: unknown[] }>('/api/v1/events', [event]);
    if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
  }

  private times(count: number, happen: (now: Date) => Promise<void>, fromDay = 0): Happening[] {
    return Array.from({ length: count }, () => this.on(this.within(fromDay, DAYS - 2), happen));
  }

  private on(at: Date, happen: (now: Date) => Promise<void>): Happening {
    return { at, happen };
  }

  /** A minute that nothing else has, some seconds after it begins: steps are planned at whole minutes or at moments told. */
  private within(fromDay: number, toDay: number): Date {
    for (;;) {
      const minute = Math.floor((fromDay + this.random() * (toDay - fromDay)) * 1440);
      if (this.moments.has(minute) || minute < 10) continue;
      this.moments.add(minute);
      return new Date(SHOP_OPENS.getTime() + minute * MINUTE + 17_000);
    }
  }

  private ids(prefix: string, count: number): string[] {
    return Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  }
}
