import { type Client } from 'pg';
import { CustomerFacts } from '../src/customers/customer-facts';
import { FactSources } from '../src/customers/fact-source';
import { OrderFacts } from '../src/orders/order-facts';
import { AppConfig } from '../src/platform/config/config';
import { type Database } from '../src/platform/database/database';
import { SegmentConditions, type SqlFragment } from '../src/segments/segment-conditions';
import { StageFactSource } from '../src/segments/stage-fact-source';
import { EngagementFacts } from '../src/tracking/engagement-facts';
import { type Bench } from './row';
import { Service } from './service';

/** A million customers with three million orders; fewer with `BENCH_CUSTOMERS`, to try it. */
export const CUSTOMERS = Number(process.env.BENCH_CUSTOMERS ?? 1_000_000);
export const ORDERS = CUSTOMERS * 3;

/** The instant that the shop was made at: its facts lie before it. */
export interface SegmentShop {
  service: Service;
  madeAt: Date;
}

let made: Promise<SegmentShop> | undefined;

/** The one big shop of a run, made once for all rows about segments, by SQL. Its service runs until {@link closeShop}. */
export function segmentShop(bench: Bench): Promise<SegmentShop> {
  return (made ??= make(bench));
}

export async function closeShop(): Promise<void> {
  const shop = await made;
  made = undefined;
  await shop?.service.stop();
}

async function make(bench: Bench): Promise<SegmentShop> {
  const service = await Service.start(await bench.database(), bench.sinkPort);
  const madeAt = new Date();
  await service.withSql(async (sql) => {
    // Foreign keys of rows made from one series hold by themselves; checking each would take most of the time.
    await sql.query('set session_replication_role = replica');
    for (const statement of statements()) await sql.query(statement.text, statement.dated ? [madeAt] : []);
    for (const table of TABLES) await sql.query(`vacuum analyze ${table}`);
  });
  return { service, madeAt };
}

const TABLES = ['customers', 'orders', 'order_lines', 'customer_orders', 'customer_stages'];

/** Ids that ascend with the number, as UUID v7 do with time. */
const id = (kind: string, n: string): string => `('0195${kind}-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
/** A number in [0, 1) that looks random and is the same in each run. */
const draw = (n: string, salt: number): string =>
  `(abs(hashint8(${n}::bigint * 1000 + ${salt})::bigint) % 1000003) / 1000003.0`;

function statements(): Array<{ text: string; dated: boolean }> {
  const customers = `
    insert into customers (id, external_id, email, locale, timezone, attributes, tags, consent_status, consent_source,
      consent_at, consent_version_at, created_at, recorded_at, updated_at)
    select ${id('a000', 'n')}, 'c' || n, 'c' || n || '@example.com', 'it', 'Europe/Rome',
      jsonb_build_object('city', (array['Roma', 'Milano', 'Torino', 'Napoli', 'Genova'])[1 + floor(5 * ${draw('n', 1)})::int]),
      case when ${draw('n', 2)} < 0.1 then array['vip'] else '{}'::text[] end,
      case when ${draw('n', 3)} < 0.7 then 'subscribed' else 'none' end, 'form', $1, $1,
      $1::timestamptz - ${draw('n', 4)} * interval '900 days', $1, $1
    from generate_series(1, ${CUSTOMERS}) n`;
  const orders = `
    insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency, total_minor,
      store_total_minor, counting, first_counted_at, recorded_at)
    select ${id('b000', 'n')}, 'o' || n, ${id('a000', `1 + floor(${CUSTOMERS} * ${draw('n', 5)})::bigint`)},
      $1::timestamptz - ${draw('n', 6)} * interval '730 days', $1, 'made', 'paid', 'EUR', minor, minor, true, $1, $1
    from (select n, 500 + floor(9500 * ${draw('n', 7)})::bigint as minor from generate_series(1, ${ORDERS}) n) o`;
  const lines = `
    insert into order_lines (order_id, position, product_external_id, category, quantity, unit_price)
    select ${id('b000', 'n')}, 0, 'p' || (n % 500), (array['coffee', 'tea', 'cups', 'gifts'])[1 + (n % 4)], 1, 1
    from generate_series(1, ${ORDERS}) n`;
  const summaries = `
    insert into customer_orders (customer_id, count, total_minor, first_at, last_at, last_day)
    select customer_id, count(*), sum(store_total_minor), min(placed_at), max(placed_at),
      (max(placed_at) at time zone 'Europe/Rome')::date
    from orders group by customer_id`;
  const stages = `
    insert into customer_stages (customer_id, stage, since, order_count, last_day)
    select c.id, case when co.count is null then 'prospect' when co.last_at < $1::timestamptz - interval '91 days' then 'lapsed'
        when co.count < 2 then 'recent' else 'repeat' end, $1, coalesce(co.count, 0), co.last_day
    from customers c left join customer_orders co on co.customer_id = c.id`;
  return [
    { text: customers, dated: true },
    { text: orders, dated: true },
    { text: lines, dated: false },
    { text: summaries, dated: false },
    { text: stages, dated: true },
  ];
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
