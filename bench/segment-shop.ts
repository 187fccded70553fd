import { type Client } from 'pg';
import { CustomerFacts } from '../src/customers/customer-facts';
import { FactSources } from '../src/customers/fact-source';
import { OrderFacts } from '../src/orders/order-facts';
import { AppConfig } from '../src/platform/config/config';
import { type Database } from '../src/platform/database/database';
import { SegmentConditions, type SqlFragment } from '../src/segments/segment-conditions';
import { StageFactSource } from '../src/segments/stage-fact-source';
import { EngagementFacts } from '../src/tracking/engagement-facts';
import { keptDatabases } from './kept-databases';
import { type Bench } from './row';
import { Service } from './service';
import { bigShop, TABLES } from './shop-rows';

/** The instant that the shop was made at: its facts lie before it. */
export interface SegmentShop {
  service: Service;
  madeAt: Date;
}

let started: Promise<SegmentShop> | undefined;

/** The one big shop of a run, for all rows about segments. Its service runs until {@link closeShop}. */
export function segmentShop(bench: Bench): Promise<SegmentShop> {
  return (started ??= start(bench));
}

export async function closeShop(): Promise<void> {
  const shop = await started?.catch(() => undefined);
  started = undefined;
  await shop?.service.stop();
}

async function start(bench: Bench): Promise<SegmentShop> {
  const { url, madeAt } = await keptDatabases.copyOf(bigShop());
  return { service: await Service.start(url, bench.sinkPort), madeAt };
}

/** What the service makes of a condition when it asks the whole base: the very compiler that it runs. */
export function compileWhole(condition: unknown, asOf: Date): Promise<SqlFragment> {
  const config = AppConfig.from({ NODE_ENV: 'test', STORE_TIMEZONE: 'Europe/Rome', SECRET_KEY: 'x'.repeat(32) });
  const sources = new FactSources();
  for (const source of [
    new CustomerFacts(sources),
    new OrderFacts(sources),
    new StageFactSource(sources, config),
    new EngagementFacts(sources),
  ]) {
    source.onModuleInit();
  }
  // Conditions that refer to no segment ask the database nothing.
  return new SegmentConditions({} as Database, config, sources).compile(condition, asOf, { whole: true });
}

/** How many rows of the big tables have been read in scans of the whole, by all so far. */
export async function rowsScanned(sql: Client): Promise<number> {
  await sql.query('select pg_stat_clear_snapshot()');
  const { rows } = await sql.query<{ n: string }>(
    `select coalesce(sum(seq_tup_read), 0)::text as n from pg_stat_user_tables where relname = any($1::text[])`,
    [TABLES],
  );
  return Number(rows[0]?.n ?? 0);
}
