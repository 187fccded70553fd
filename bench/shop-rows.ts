import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { runMigrations } from '../src/platform/database/data-source';
import { type Keepable, seconds, tell } from './kept-databases';

/** A million customers with three million orders; fewer with `BENCH_CUSTOMERS`, to try it. */
export const CUSTOMERS = Number(process.env.BENCH_CUSTOMERS ?? 1_000_000);
export const ORDERS = CUSTOMERS * 3;

/** Ids that ascend with the number, as UUID v7 do with time. */
export const id = (kind: string, n: string): string =>
  `('0195${kind}-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
/** A number in [0, 1) that looks random and is the same in each run. */
export const draw = (n: string, salt: number): string =>
  `(abs(hashint8(${n}::bigint * 1000 + ${salt})::bigint) % 1000003) / 1000003.0`;
/** An instant in the days before $1, the later the greater `n` of `count` is: rows come in the order of time. */
export const ago = (n: string, count: number, days: number, salt: number): string =>
  `$1::timestamptz - ((${count} - ${n} + ${draw(n, salt)}) / ${count}) * interval '${days} days'`;
const someone = (n: string, salt: number): string => id('a000', `1 + floor(${CUSTOMERS} * ${draw(n, salt)})::bigint`);

/** A statement that fills one table; $1, if it is there, is when the shop is made. */
export interface Filling {
  table: string;
  text: string;
}

const CUSTOMER_ROWS: Filling = {
  table: 'customers',
  text: `
    insert into customers (id, external_id, email, locale, timezone, attributes, tags, consent_status, consent_source,
      consent_at, consent_version_at, created_at, recorded_at, updated_at)
    select ${id('a000', 'n')}, 'c' || n, 'c' || n || '@example.com', 'it', 'Europe/Rome',
      jsonb_build_object('city', (array['Roma', 'Milano', 'Torino', 'Napoli', 'Genova'])[1 + floor(5 * ${draw('n', 1)})::int]),
      case when ${draw('n', 2)} < 0.1 then array['vip'] else '{}'::text[] end,
      case when ${draw('n', 3)} < 0.7 then 'subscribed' when ${draw('n', 3)} < 0.75 then 'unsubscribed' else 'none' end,
      'form', $1, $1, ${ago('n', CUSTOMERS, 900, 4)}, $1, $1
    from generate_series(1, ${CUSTOMERS}) n`,
};

const ORDER_ROWS: Filling = {
  table: 'orders',
  text: `
    insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency, total_minor,
      store_total_minor, counting, first_counted_at, recorded_at)
    select ${id('b000', 'n')}, 'o' || n, ${someone('n', 5)}, ${ago('n', ORDERS, 730, 6)}, $1, 'made', 'paid', 'EUR',
      minor, minor, true, $1, $1
    from (select n, 500 + floor(9500 * ${draw('n', 7)})::bigint as minor from generate_series(1, ${ORDERS}) n) o`,
};

const LINE_ROWS: Filling = {
  table: 'order_lines',
  text: `
    insert into order_lines (order_id, position, product_external_id, category, quantity, unit_price)
    select ${id('b000', 'n')}, 0, 'p' || (n % 500), (array['coffee', 'tea', 'cups', 'gifts'])[1 + (n % 4)], 1, 1
    from generate_series(1, ${ORDERS}) n`,
};

/** A mail for half of the people, spread over the last ten days. */
const CONTACT_ROWS: Filling = {
  table: 'contacts',
  text: `
    insert into contacts (customer_id, at, campaign_id, enrollment_id, step, state)
    select ${someone('n', 8)}, ${ago('n', CUSTOMERS / 2, 10, 9)}, ${id('c000', '1')}, ${id('e000', 'n')}, 'a', 'used'
    from generate_series(1, ${CUSTOMERS / 2}) n`,
};

const OPTOUT_ROWS: Filling = {
  table: 'address_optouts',
  text: `
    insert into address_optouts (id, email, at, source)
    select ${id('d000', 'n')}, 'c' || n || '@example.com', $1, 'link' from generate_series(1, ${CUSTOMERS}, 20) n`,
};

const SUPPRESSION_ROWS: Filling = {
  table: 'suppressions',
  text: `
    insert into suppressions (id, address_hash, address, reason, at)
    select ${id('f000', 'n')}, sha256(n::text::bytea), 'c' || n || '@example.com', 'hard_bounce', $1
    from generate_series(7, ${CUSTOMERS}, 50) n`,
};

const SUMMARY_ROWS: Filling = {
  table: 'customer_orders',
  text: `
    insert into customer_orders (customer_id, count, total_minor, first_at, last_at, last_day)
    select customer_id, count(*), sum(store_total_minor), min(placed_at), max(placed_at),
      (max(placed_at) at time zone 'Europe/Rome')::date
    from orders group by customer_id order by customer_id`,
};

const STAGE_ROWS: Filling = {
  table: 'customer_stages',
  text: `
    insert into customer_stages (customer_id, stage, since, order_count, last_day)
    select c.id, case when co.count is null then 'prospect' when co.last_at < $1::timestamptz - interval '91 days' then 'lapsed'
        when co.count < 2 then 'recent' else 'repeat' end, $1, coalesce(co.count, 0), co.last_day
    from customers c left join customer_orders co on co.customer_id = c.id order by c.id`,
};

/** What is in one line is filled in in this order; the lines run side by side, for what they fill asks nothing of others. */
const SIDE_BY_SIDE: readonly Filling[][] = [
  [CUSTOMER_ROWS, LINE_ROWS, CONTACT_ROWS],
  [ORDER_ROWS, SUMMARY_ROWS, OPTOUT_ROWS, SUPPRESSION_ROWS],
];

export const TABLES: readonly string[] = [...SIDE_BY_SIDE.flat(), STAGE_ROWS].map(({ table }) => table);

/** The big shop; another one as soon as its statements or the schema are others. */
export function bigShop(): Keepable {
  const schema = readdirSync(path.join(__dirname, '../migrations')).filter((file) => file.endsWith('.js'));
  return filledShop('shop', [], schema);
}

/**
 * A shop with more in it than the big one: `more` are filled in one after the other when that is there. Another one as
 * soon as its statements are others or `schema` is; the original of one that leaves this out is upgraded by the service
 * that reads it.
 */
export function filledShop(name: string, more: readonly Filling[], schema: readonly string[] = []): Keepable {
  const parts = [...SIDE_BY_SIDE.flat(), STAGE_ROWS, ...more].map(({ text }) => text);
  const version = createHash('sha256')
    .update([...parts, ...schema].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return { name: `${name}_${CUSTOMERS}`, version, make: (url, madeAt) => fill(url, madeAt, more) };
}

async function fill(url: string, madeAt: Date, more: readonly Filling[]): Promise<void> {
  await runMigrations(url);
  await Promise.all(SIDE_BY_SIDE.map((fillings) => fillAll(url, fillings, madeAt)));
  await fillAll(url, [STAGE_ROWS, ...more], madeAt);
  await tidy(url, [...TABLES, ...new Set(more.map(({ table }) => table))]);
}

/** At the very end: what others might still see would not be marked as seen by all. */
async function tidy(url: string, tables: readonly string[]): Promise<void> {
  const started = Date.now();
  const sql = new Client({ connectionString: url });
  await sql.connect();
  try {
    await sql.query(`vacuum (freeze, analyze) ${tables.join(', ')}`);
    tell(`  vacuum in ${seconds(started)}`);
  } finally {
    await sql.end();
  }
}

async function fillAll(url: string, fillings: readonly Filling[], madeAt: Date): Promise<void> {
  const sql = new Client({ connectionString: url });
  await sql.connect();
  try {
    // Foreign keys of rows made from one series hold by themselves; checking each would take most of the time.
    await sql.query('set session_replication_role = replica');
    for (const { table, text } of fillings) {
      const started = Date.now();
      await withoutIndexes(sql, table, () => sql.query(text, text.includes('$1') ? [madeAt] : []));
      await sql.query(`analyze ${table}`);
      tell(`  ${table} in ${seconds(started)}`);
    }
  } finally {
    await sql.end();
  }
}

/** Indexes other than unique ones are built at once when the rows are there, instead of row by row. */
async function withoutIndexes(sql: Client, table: string, filling: () => Promise<unknown>): Promise<void> {
  const { rows } = await sql.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index where indrelid = $1::regclass and not indisunique`,
    [table],
  );
  for (const { name } of rows) await sql.query(`drop index ${name}`);
  await filling();
  for (const { definition } of rows) await sql.query(definition);
}
