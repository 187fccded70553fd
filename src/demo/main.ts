import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { loadShipped } from '../templates/shipped-templates';
import { ApiClient, type DemoSource } from './api-client';
import { Crowd } from './crowd';
import { makeShoppers, type Shopper } from './domain/people';
import { Mailbox } from './mailbox';
import { ServiceProcess } from './service-process';
import { customersCsv, orderOf, ordersCsv, productData, products } from './shop-files';
import { startShopFront } from './shop-front';
import { summarise, type SummaryLine, tableOf } from './summary';

const DAY = 86_400_000;
const STORE_NAME = 'Bottega Fiorita';
/** A Monday; the change to summer time lies within the 45 days. */
const START = new Date('2026-03-02T05:00:00.000Z');
const DAYS = 45;
const STOPS_A_DAY = 4;
const HISTORY_DAYS = 425;
const CUSTOMERS = 2_000;
const NEWCOMERS = 700;
const HOLDOUT = 0.4;
const WINDOW_DAYS = 14;

interface Options {
  seed: number;
  port: number;
  /** End after the table instead of serving on. */
  once: boolean;
}

/**
 * The demo: a made-up shop lives through 45 days on the test clock with the real service. Its shoppers get real mails
 * in the inbox, fetch the real links in them and place orders by real signed webhooks; and because their answers are
 * known beforehand, the measured lift can be held against the truth.
 */
async function main(options: Options): Promise<void> {
  const dataDir = path.resolve('.data/demo');
  rmSync(dataDir, { recursive: true, force: true });
  const base = `http://localhost:${options.port}`;
  const shopUrl = await startShopFront(STORE_NAME, options.port + 1);
  const key = `rit_demo_${randomBytes(24).toString('hex')}`;
  say(`Starting the service on ${base} with an embedded Postgres and the inbox`);
  const service = await ServiceProcess.start(base, environment(options.port, dataDir, key, shopUrl));
  const stop = (): void => void service.stop().then(() => process.exit(0));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const started = Date.now();
    const lines = await live(new ApiClient(base, key), options.seed, shopUrl);
    process.stdout.write(`\n${tableOf(lines)}\n\n`);
    say(`${DAYS} days in ${((Date.now() - started) / 1000).toFixed(0)} s, seed ${options.seed}. Look around:`);
    say(`  the mails        ${base}/inbox`);
    say(`  the API, by page ${base}/api/docs   (Authorization: Bearer ${key})`);
    say(
      `  a lift report    curl -H "Authorization: Bearer ${key}" "${base}/api/v1/reports/campaigns/welcome/lift?window=P14D"`,
    );
    if (options.once) return await service.stop();
    say('It keeps serving; Ctrl-C stops it.');
    await service.ended();
  } catch (error) {
    await service.stop();
    throw error;
  }
}

function environment(port: number, dataDir: string, key: string, shopUrl: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    NODE_ENV: 'development',
    LOG_LEVEL: 'warn',
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    DATA_DIR: dataDir,
    ADMIN_API_KEY: key,
    TEST_CLOCK: START.toISOString(),
    MAIL_FROM: `${STORE_NAME} <ciao@bottega-fiorita.example>`,
    STORE_NAME,
    STORE_CURRENCY: 'EUR',
    STORE_TIMEZONE: 'Europe/Rome',
    STORE_LOCALE: 'it',
    STORE_ADDRESS: 'Via dei Fiori 12, 10123 Torino',
    STORE_URL: shopUrl,
  };
}

/** Opens the shop, launches the campaigns, and lets the days pass. */
async function live(api: ApiClient, seed: number, shopUrl: string): Promise<SummaryLine[]> {
  const end = new Date(START.getTime() + DAYS * DAY);
  const known = makeShoppers(
    seed,
    'c',
    CUSTOMERS,
    { from: new Date(START.getTime() - HISTORY_DAYS * DAY), to: START },
    end,
  );
  const newcomers = makeShoppers(
    seed,
    'n',
    NEWCOMERS,
    { from: START, to: new Date(end.getTime() - WINDOW_DAYS * DAY) },
    end,
  );
  const source = await openShop(api, seed, known, shopUrl);
  const campaigns = await launch(api);
  say(`Launched ${campaigns.join(', ')}; ${HOLDOUT * 100} % of those who enter are held out`);
  const crowd = new Crowd(seed, api, source, { known, newcomers }, START);
  const mailbox = new Mailbox(api.base);
  for (let stop = 1; stop <= DAYS * STOPS_A_DAY; stop++) {
    const now = new Date(START.getTime() + (stop * DAY) / STOPS_A_DAY);
    await api.post('/api/v1/test-clock', { advanceTo: now.toISOString() });
    await crowd.read(await mailbox.fetchNew(), now);
    await crowd.actUntil(now);
    if (stop % (STOPS_A_DAY * 5) === 0) {
      say(
        `day ${String(stop / STOPS_A_DAY).padStart(2)} of ${DAYS}: ${crowd.mails} mails read, ${crowd.placed} orders placed`,
      );
    }
  }
  await api.post('/api/v1/test-clock', { advanceTo: end.toISOString() });
  const run = { seed, window: `P${WINDOW_DAYS}D`, windowMs: WINDOW_DAYS * DAY, now: end };
  const lines: SummaryLine[] = [];
  for (const campaign of campaigns) lines.push(await summarise(api, crowd, campaign, run));
  return lines;
}

/** The shop as it is on the first day: its products, its customers, and 14 months of their orders. */
async function openShop(api: ApiClient, seed: number, known: readonly Shopper[], shopUrl: string): Promise<DemoSource> {
  const occurredAt = START.toISOString();
  await api.post(
    '/api/v1/events',
    products().map((product) => ({
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
  return api.post<DemoSource>('/api/v1/sources', { key: 'shop', kind: 'generic', name: STORE_NAME });
}

/** The four shipped campaigns with their eight mails, live, with a large control group. */
async function launch(api: ApiClient): Promise<string[]> {
  const shipped = await loadShipped();
  for (const template of shipped.templates) await api.post('/api/v1/templates', template);
  for (const campaign of shipped.campaigns) {
    const measure = { window: `P${WINDOW_DAYS}D` };
    await api.post('/api/v1/campaigns', { ...campaign, holdout: HOLDOUT, measure });
    await api.post(`/api/v1/campaigns/${campaign.key}/activate`);
  }
  return shipped.campaigns.map((campaign) => campaign.key);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readOptions(words: readonly string[]): Options {
  const value = (name: string): string | undefined =>
    words.find((word) => word.startsWith(`--${name}=`))?.split('=')[1];
  return {
    seed: Number(value('seed') ?? 2026),
    port: Number(value('port') ?? 3000),
    once: words.includes('--once'),
  };
}

main(readOptions(process.argv.slice(2))).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
