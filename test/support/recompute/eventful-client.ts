import { ApiClient, type DemoSource } from '../../../src/demo/api-client';
import { campaignOf, type DemoMail, Mailbox, oneClickOf } from '../../../src/demo/mailbox';

const HOUR = 3_600_000;

/** Something that happens between two stops of the demo, at an instant of its own. */
export interface Incident {
  /** Hours after the start. */
  hour: number;
  happen(world: EventfulClient, now: Date): Promise<void>;
}

interface Order {
  externalId: string;
  placedAt: string;
  currency: string;
  total: string;
  lines: Array<{ productExternalId: string; name: string; category: string; quantity: number; unitPrice: string }>;
}

/**
 * The demo's client, in whose shop more happens than in the demo: before the clock is moved past an incident, it is
 * moved to it.
 */
export class EventfulClient extends ApiClient {
  readonly mails: DemoMail[] = [];
  private readonly mailbox: Mailbox;
  private source: DemoSource | undefined;
  private deliveries = 0;

  constructor(
    base: string,
    key: string,
    private readonly start: Date,
    private readonly incidents: Incident[],
  ) {
    super(base, key);
    this.mailbox = new Mailbox(base);
    incidents.sort((a, b) => a.hour - b.hour);
  }

  override async post<T>(path: string, body: unknown = {}): Promise<T> {
    if (path === '/api/v1/test-clock') await this.liveUntil(new Date((body as { advanceTo: string }).advanceTo));
    const answer = await super.post<T>(path, body);
    if (path === '/api/v1/sources') this.source = answer as DemoSource;
    return answer;
  }

  /** A signed webhook of the demo's shop. */
  async tell(now: Date, type: string, data: object): Promise<void> {
    if (!this.source) throw new Error('the shop is not open yet');
    await this.deliver(this.source, `incident-${++this.deliveries}`, now, { type, data });
  }

  /** The first mails that customers got from a campaign, at most `count`. */
  mailsOf(campaign: string, count: number, without: readonly string[] = []): DemoMail[] {
    const mails = this.mails.filter((mail) => campaignOf(mail) === campaign && !without.includes(mail.to));
    return [...new Map(mails.map((mail) => [mail.to, mail])).values()].slice(0, count);
  }

  /** One click on a mail's unsubscribe link. */
  async leave(mail: DemoMail): Promise<void> {
    const link = oneClickOf(mail)?.replace('http://ritorno.test', this.base);
    const answer = await fetch(link ?? '', {
      method: 'POST',
      body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
    });
    if (!answer.ok) throw new Error(`unsubscribing answered ${answer.status}`);
  }

  /** The orders placed since the start, oldest first. */
  async newOrders(): Promise<Order[]> {
    const orders: Order[] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { items: Order[]; nextCursor: string | null } = await this.get(`/api/v1/orders?limit=100${more}`);
      orders.push(...page.items.filter((order) => new Date(order.placedAt) > this.start));
      cursor = page.items.some((order) => new Date(order.placedAt) <= this.start) ? null : page.nextCursor;
    } while (cursor !== null);
    return orders.reverse();
  }

  private async liveUntil(until: Date): Promise<void> {
    for (;;) {
      const [incident] = this.incidents;
      if (!incident) return;
      const now = new Date(this.start.getTime() + incident.hour * HOUR);
      if (now > until) return;
      this.incidents.shift();
      await super.post('/api/v1/test-clock', { advanceTo: now.toISOString() });
      this.mails.push(...(await this.mailbox.fetchNew()));
      await incident.happen(this, now);
    }
  }
}
