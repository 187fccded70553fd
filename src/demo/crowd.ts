import { type DemoSource, forEach } from './api-client';
import { Browsing } from './browsing';
import { characterOf, readingOf, responseTo, satisfactionOf } from './domain/behaviour';
import { makeFriend, type Shopper } from './domain/people';
import { POOL_SHARE } from './gifts';
import { campaignOf, couponIn, type DemoMail, linksOf, oneClickOf, pixelOf, referralIn, scoreLinksOf } from './mailbox';
import { orderOf } from './shop-files';
import { type DemoWorld } from './world';

/** An order that has been placed, and what brought it: a campaign's key, or null for the shopper's own accord. */
export interface PlacedOrder {
  placedAt: Date;
  because: string | null;
}

interface PlannedOrder extends PlacedOrder {
  shopper: Shopper;
  id: string;
  /** The code of the friend who sent them. */
  friendsCode?: string;
}

/** The shoppers at work: they read their mail, follow its links, buy and sign up, each by their own draws. */
export class Crowd {
  readonly orders = new Map<string, PlacedOrder[]>();
  placed = 0;
  mails = 0;
  answers = 0;
  friends = 0;
  private readonly byEmail: Map<string, Shopper>;
  private readonly planned: PlannedOrder[] = [];
  private readonly answered = new Set<string>();
  private readonly newcomers: Shopper[];
  private readonly browsing: Browsing;
  /** Coupons in hand, by shopper. */
  private readonly coupons = new Map<string, string>();
  /** Who brought a friend. */
  readonly inviters = new Set<string>();

  constructor(
    private readonly seed: number,
    private readonly world: DemoWorld,
    private readonly source: DemoSource,
    shoppers: { known: readonly Shopper[]; newcomers: readonly Shopper[] },
    start: Date,
  ) {
    const all = [...shoppers.known, ...shoppers.newcomers];
    this.browsing = new Browsing(world);
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
    if (shopper.scanned) await this.browsing.scan(linksOf(mail));
    const reading = readingOf(this.seed, `${campaign} ${mail.subject} ${shopper.externalId}`, buys);
    if (reading.opens) {
      await this.browsing.visit(pixelOf(mail), 200);
      await this.heed(shopper, mail, now);
    }
    if (reading.clicks) await this.browsing.visit(shopLink(mail), 302);
    if (reading.unsubscribes) {
      await this.browsing.submit(oneClickOf(mail), { 'List-Unsubscribe': 'One-Click' });
    }
    if (!buys) return;
    const placedAt = new Date(now.getTime() + answer.delayMs);
    this.planned.push({ shopper, id: `${shopper.externalId}-${campaign}`, placedAt, because: campaign });
  }

  /** What a mail asks and gives: its question is answered, its coupon kept, its invitation passed on. */
  private async heed(shopper: Shopper, mail: DemoMail, now: Date): Promise<void> {
    const { externalId } = shopper;
    const character = characterOf(this.seed, externalId);
    const coupon = couponIn(mail);
    if (coupon !== undefined && character.redeems) this.coupons.set(externalId, coupon);
    const scores = scoreLinksOf(mail);
    const marks = [...scores.values()];
    const mark = satisfactionOf(this.seed, externalId);
    const link = scores.get(String(mark)) ?? marks[mark % marks.length];
    if (link !== undefined && character.answers) {
      await this.browsing.answer(link);
      this.answers += 1;
    }
    const code = referralIn(mail);
    if (code === undefined || !character.bringsFriend || this.inviters.has(externalId)) return;
    this.inviters.add(externalId);
    await this.bring(makeFriend(this.seed, `f-${externalId}`, now), code, now);
  }

  private async bring(friend: Shopper, friendsCode: string, now: Date): Promise<void> {
    this.byEmail.set(friend.email, friend);
    this.friends += 1;
    await this.signUp(friend, now);
    friend.organicOrders.forEach((placedAt, at) => {
      this.planned.push({
        shopper: friend,
        id: `${friend.externalId}-${at + 1}`,
        placedAt,
        because: null,
        friendsCode,
      });
    });
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
    const { shopper, friendsCode } = planned;
    const coupon = this.coupons.get(shopper.externalId);
    this.coupons.delete(shopper.externalId);
    const codes = [coupon, friendsCode].filter((code) => code !== undefined);
    const data = orderOf(this.seed, shopper, planned.id, planned.placedAt, { codes, off: coupon ? POOL_SHARE : 0 });
    await this.world.api.deliver(this.source, `order-${planned.id}`, now, { type: 'order.placed', data });
    this.remember(planned.shopper, planned);
    this.placed += 1;
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
