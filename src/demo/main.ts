import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { ApiClient } from './api-client';
import { liveThrough, START } from './live-through';
import { ServiceProcess } from './service-process';
import { startShopFront } from './shop-front';
import { tableOf } from './summary';

const STORE_NAME = 'Bottega Fiorita';
const SCALE = { days: 45, customers: 2_000, newcomers: 700 };

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
  const base = `http://localhost:${options.port}`;
  if (await fetch(base).catch(() => undefined)) {
    throw new Error(`Something already serves on ${base}: stop it, or choose another port with --port=4000.`);
  }
  const dataDir = path.resolve('.data/demo');
  rmSync(dataDir, { recursive: true, force: true });
  const shopFront = await startShopFront(STORE_NAME, options.port + 1);
  const key = `rit_demo_${randomBytes(24).toString('hex')}`;
  say(`Starting the service on ${base} with an embedded Postgres and the inbox`);
  const service = await ServiceProcess.start(base, environment(options.port, dataDir, key, shopFront.url));
  const stop = (): void => void service.stop().then(() => process.exit(0));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const started = Date.now();
    const { campaigns, feedback } = await liveThrough(
      { api: new ApiClient(base, key), shopUrl: shopFront.url, publicUrl: base, say },
      { seed: options.seed, ...SCALE },
    );
    process.stdout.write(`\n${tableOf(campaigns)}\n\n${feedback}\n\n`);
    say(`${SCALE.days} days in ${((Date.now() - started) / 1000).toFixed(0)} s, seed ${options.seed}. Look around:`);
    say(`  the mails        ${base}/inbox`);
    say(`  the API, by page ${base}/api/docs   (Authorization: Bearer ${key})`);
    say(
      `  a lift report    curl -H "Authorization: Bearer ${key}" "${base}/api/v1/reports/campaigns/welcome/lift?window=P14D"`,
    );
    if (options.once) return;
    say('It keeps serving; Ctrl-C stops it.');
    await service.ended();
  } finally {
    await service.stop();
    shopFront.close();
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
