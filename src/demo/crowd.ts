import { type DemoSource, forEach } from './api-client';
import { readingOf, responseTo } from './domain/behaviour';
import { type Shopper } from './domain/people';
import { campaignOf, type DemoMail, linksOf, oneClickOf, pixelOf } from './mailbox';
import { orderOf } from './shop-files';
import { type DemoWorld } from './world';

const BROWSER =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15';
const SCANNER = 'Mozilla/5.0 (compatible; MailScannerBot/2.1; +https://scanner.example/bot)';

/** An order that has been placed, and what brought it: a campaign's key, or null for the shopper's own accord. */
export interface PlacedOrder {
  placedAt: Date;
  because: string | null;
}

interface PlannedOrder extends PlacedOrder {
  shopper: Shopper;
  id: string;
}

/** The shoppers at work: they read their mail, follow its links, buy and sign up, each by their own draws. */
export class Crowd {
  readonly orders = new Map<string, PlacedOrder[]>();
  placed = 0;
  mails = 0;
  private readonly byEmail: Map<string, Shopper>;
  private readonly planned: PlannedOrder[] = [];
  private readonly answered = new Set<string>();
  private readonly newcomers: Shopper[];

  constructor(
    private readonly seed: number,
    private readonly world: DemoWorld,
    private readonly source: DemoSource,
    shoppers: { known: readonly Shopper[]; newcomers: readonly Shopper[] },
    start: Date,
  ) {
    const all = [...shoppers.known, ...shoppers.newcomers];
    this.byEmail = new Map(all.map((shopper) => [shopper.email, shopper]));
    this.newcomers = [...shoppers.newcomers].sort((a, b) => a.signedUpAt.getTime() - b.signedUpAt.getTime());
    for (const shopper of all) {
      shopper.organicOrders.forEach((placedAt, at) => {
        const id = `${shopper.externalId}-${at + 1}`;
        if (placedAt > start) this.planned.push({ shopper, id, placedAt, because: null });
        else this.remember(shopper, { placedAt, because: null });
      });
    }
  }

  /** Up to `now`: who signed up is reported, then who ordered, as signed webhooks. */
  async actUntil(now: Date): Promise<void> {
    const signUps = takeWhile(this.newcomers, (shopper) => shopper.signedUpAt <= now);
    await forEach(signUps, (shopper) => this.signUp(shopper, now));
    const due = this.planned.filter((order) => order.placedAt <= now);
    for (const order of due) this.planned.splice(this.planned.indexOf(order), 1);
    await forEach(due, (order) => this.order(order, now));
  }

  /** Reads what came: opens and clicks by the real links, purchases planned for later. */
  async read(mails: readonly DemoMail[], now: Date): Promise<void> {
    this.mails += mails.length;
    await forEach(mails, (mail) => this.readOne(mail, now));
  }

  private async readOne(mail: DemoMail, now: Date): Promise<void> {
    const shopper = this.byEmail.get(mail.to);
    if (!shopper) throw new Error(`a mail went to ${mail.to}, who is no shopper`);
    const campaign = campaignOf(mail);
    const answer = responseTo(this.seed, campaign, shopper.externalId);
    const first = !this.answered.has(`${campaign} ${shopper.externalId}`);
    this.answered.add(`${campaign} ${shopper.externalId}`);
    const buys = first && answer.buys;
    if (shopper.scanned) await this.scan(mail);
    const reading = readingOf(this.seed, `${campaign} ${mail.subject} ${shopper.externalId}`, buys);
    if (reading.opens) await this.visit(pixelOf(mail), BROWSER, 200);
    if (reading.clicks) await this.visit(shopLink(mail), BROWSER, 302);
    if (reading.unsubscribes) await this.leave(oneClickOf(mail));
    if (!buys) return;
    const placedAt = new Date(now.getTime() + answer.delayMs);
    this.planned.push({ shopper, id: `${shopper.externalId}-${campaign}`, placedAt, because: campaign });
  }

  private async scan(mail: DemoMail): Promise<void> {
    for (const link of linksOf(mail)) if (link.includes('/t/c/')) await this.visit(link, SCANNER, 302);
  }

  private async signUp(shopper: Shopper, now: Date): Promise<void> {
    await this.world.api.deliver(this.source, `sign-up-${shopper.externalId}`, now, {
      type: 'customer.created',
      data: {
        externalId: shopper.externalId,
        email: shopper.email,
        firstName: shopper.firstName,
        lastName: shopper.lastName,
        locale: shopper.locale,
        timezone: shopper.timezone,
        createdAt: shopper.signedUpAt.toISOString(),
        ...(shopper.consents
          ? { consent: { status: 'subscribed', source: 'sign-up form', at: shopper.signedUpAt.toISOString() } }
          : {}),
      },
    });
  }

  private async order(planned: PlannedOrder, now: Date): Promise<void> {
    const data = orderOf(this.seed, planned.shopper, planned.id, planned.placedAt);
    await this.world.api.deliver(this.source, `order-${planned.id}`, now, { type: 'order.placed', data });
    this.remember(planned.shopper, planned);
    this.placed += 1;
  }

  /** Follows a link of a mail as far as the service: what it leads to is the shop's. */
  private async visit(url: string | undefined, userAgent: string, expected: number): Promise<void> {
    const answer = await fetch(this.reachable(url), { redirect: 'manual', headers: { 'user-agent': userAgent } });
    await answer.arrayBuffer();
    if (answer.status !== expected) throw new Error(`${url} answered ${answer.status}`);
  }

  /** One click, as a mail program does it (RFC 8058). */
  private async leave(url: string | undefined): Promise<void> {
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    const answer = await fetch(this.reachable(url), { method: 'POST', body });
    if (!answer.ok) throw new Error(`unsubscribing answered ${answer.status}`);
  }

  private reachable(url: string | undefined): string {
    if (url === undefined) throw new Error('a mail lacks the link or pixel that was looked for');
    return url.replace(this.world.publicUrl, this.world.api.base);
  }

  private remember(shopper: Shopper, { placedAt, because }: PlacedOrder): void {
    const orders = this.orders.get(shopper.externalId) ?? [];
    orders.push({ placedAt, because });
    this.orders.set(shopper.externalId, orders);
  }
}

function takeWhile<T>(items: T[], test: (item: T) => boolean): T[] {
  const end = items.findIndex((item) => !test(item));
  return items.splice(0, end < 0 ? items.length : end);
}

/** The first link that leads to the shop: the mail's call to action. */
function shopLink(mail: DemoMail): string | undefined {
  return linksOf(mail).find((link) => link.includes('/t/c/'));
}
