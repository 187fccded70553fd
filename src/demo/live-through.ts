import { loadShipped } from '../blueprints/shipped-content';
import { type DemoSource } from './api-client';
import { Crowd } from './crowd';
import { ASSORTMENT } from './domain/assortment';
import { loyalty, POOL, withGift, withGiftText } from './gifts';
import { makeShoppers, type Shopper } from './domain/people';
import { Mailbox } from './mailbox';
import { type DemoWorld } from './world';
import { customersCsv, orderOf, ordersCsv, productData } from './shop-files';
import { feedbackOf } from './feedback-summary';
import { summarise, type SummaryLine } from './summary';
import { UNENGAGED } from '../segments/segments.types';

const DAY = 86_400_000;
/** A Monday; the change to summer time lies within the 45 days. */
export const START = new Date('2026-03-02T05:00:00.000Z');
const STOPS_A_DAY = 4;
const HISTORY_DAYS = 425;
const HOLDOUT = 0.4;
const WINDOW_DAYS = 14;

/** How large the made-up shop is, and how long it lives. */
export interface DemoScale {
  seed: number;
  days: number;
  /** With 14 months of history. */
  customers: number;
  /** Who sign up while it lives. */
  newcomers: number;
}

/** What came of it: a line a campaign, and what was answered and given away, as text. */
export interface Chronicle {
  campaigns: SummaryLine[];
  feedback: string;
}

/** Opens the shop, launches the campaigns, lets the days pass, and reads the reports. */
export async function liveThrough(world: DemoWorld, scale: DemoScale): Promise<Chronicle> {
  const { api, say } = world;
  const { seed, days } = scale;
  const end = new Date(START.getTime() + days * DAY);
  const past = { from: new Date(START.getTime() - HISTORY_DAYS * DAY), to: START };
  const known = makeShoppers(seed, 'c', scale.customers, past, end);
  const signUps = { from: START, to: new Date(end.getTime() - WINDOW_DAYS * DAY) };
  const newcomers = makeShoppers(seed, 'n', scale.newcomers, signUps, end);
  const source = await openShop(world, seed, known);
  const campaigns = await launch(world);
  say(`Launched ${campaigns.join(', ')}; ${HOLDOUT * 100} % of those who enter are held out`);
  const crowd = new Crowd(seed, world, source, { known, newcomers }, START);
  const mailbox = new Mailbox(api.base);
  for (let stop = 1; stop <= days * STOPS_A_DAY; stop++) {
    const now = new Date(START.getTime() + (stop * DAY) / STOPS_A_DAY);
    await api.post('/api/v1/test-clock', { advanceTo: now.toISOString() });
    await crowd.read(await mailbox.fetchNew(), now);
    await crowd.actUntil(now);
    if (stop % (STOPS_A_DAY * 5) === 0) {
      say(
        `day ${String(stop / STOPS_A_DAY).padStart(2)} of ${days}: ${crowd.mails} mails read, ${crowd.answers} questions answered, ${crowd.placed} orders placed`,
      );
    }
  }
  // Works off what was reported at the last stop.
  await api.post('/api/v1/test-clock', { advanceTo: end.toISOString() });
  const run = { seed, window: `P${WINDOW_DAYS}D`, windowMs: WINDOW_DAYS * DAY, now: end };
  const lines: SummaryLine[] = [];
  for (const campaign of campaigns) lines.push(await summarise(api, crowd, campaign, run));
  return { campaigns: lines, feedback: await feedbackOf(api, crowd) };
}

/** The shop as it is on the first day: its products, its customers, and 14 months of their orders. */
async function openShop(world: DemoWorld, seed: number, known: readonly Shopper[]): Promise<DemoSource> {
  const { api, shopUrl, say } = world;
  const occurredAt = START.toISOString();
  await api.post(
    '/api/v1/events',
    ASSORTMENT.map((product) => ({
      id: `product-${product.externalId}`,
      type: 'product.updated',
      occurredAt,
      data: productData(product, shopUrl),
    })),
  );
  await api.importFile('customers', customersCsv(known));
  const history = known.flatMap((shopper) =>
    shopper.organicOrders
      .map((placedAt, at) => ({ placedAt, id: `${shopper.externalId}-${at + 1}` }))
      .filter(({ placedAt }) => placedAt <= START)
      .map(({ placedAt, id }) => orderOf(seed, shopper, id, placedAt)),
  );
  await api.importFile('orders', ordersCsv(history));
  say(`Imported ${known.length} customers and ${history.length} orders of 14 months`);
  return api.post<DemoSource>('/api/v1/sources', { key: 'shop', kind: 'generic', name: 'The shop' });
}

/**
 * What the demo's shoppers leave behind in baskets is not told, so nothing would start these campaigns; nor are its days
 * enough for the silence of half a year.
 */
const NOT_TOLD_OF = ['cart.updated', 'checkout.started'];

/** The shipped campaigns that the shop has something to tell of, live, with a large control group; and all the mails. */
async function launch({ api, shopUrl }: DemoWorld): Promise<string[]> {
  const shipped = loadShipped();
  const campaigns = shipped.campaigns.filter(({ trigger }) => {
    const { event = '', segment } = trigger as { event?: string; segment?: string };
    return !NOT_TOLD_OF.includes(event) && segment !== UNENGAGED;
  });
  await api.call('PUT', '/api/v1/settings/contact-policy', shipped.contactPolicy);
  await api.call('PUT', '/api/v1/settings/loyalty', loyalty(shopUrl));
  await api.post('/api/v1/coupon-pools', POOL);
  const live = { holdout: HOLDOUT, measure: { window: `P${WINDOW_DAYS}D` }, status: 'active' };
  await api.post('/api/v1/blueprints/apply', {
    surveys: shipped.surveys,
    segments: shipped.segments,
    templates: shipped.templates.map(withGiftText),
    campaigns: campaigns.map((campaign) => ({ ...withGift(campaign), ...live })),
  });
  return campaigns.map((campaign) => campaign.key);
}
