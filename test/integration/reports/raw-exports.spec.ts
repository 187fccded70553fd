import { once } from 'node:events';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { Client } from 'pg';
import { RawExports } from '../../../src/reports/exports/raw-exports';
import { DATASETS, type Dataset, fieldName } from '../../../src/reports/domain/datasets';
import { ADMIN_KEY, startTestApp, type TestApp } from '../../support/app';
import { MeasuredFacts } from '../../support/measured-facts';

/** More than a page of the stream. */
const HITS = 10_050;

type Scalar = string | number | boolean | null;

let app: TestApp;
let campaign: string;

beforeAll(async () => {
  app = await startTestApp();
  const facts = new MeasuredFacts(app.database);
  campaign = await facts.campaign('welcome', { holdout: 0.25 });
  const other = await facts.campaign('other', {});
  const customer = await facts.customer();
  await app.database.query(`update customers set external_id = '=cmd()', email = 'anna@example.com' where id = $1`, [
    customer,
  ]);
  const at = '2026-01-10T08:00:00Z';
  const enrollment = await facts.enrollment({ customer, campaign, enteredAt: at });
  const message = await facts.message({ customer, campaign, enrollment, dueAt: at, status: 'sent' });
  await facts.enrollment({ customer, campaign: other, enteredAt: '2026-02-10T08:00:00Z' });
  await facts.order({
    customer,
    placedAt: '2026-01-12T08:00:00Z',
    total: 1990,
    refunds: [{ amount: 500, at: '2026-01-13T08:00:00Z' }],
  });
  await app.database.query(
    `insert into hits (id, message_id, customer_id, kind, link_index, url, at, machine, rule_version, method)
     select gen_random_uuid(), $1, $2, 'click', 0, 'https://shop.test/?a=1&b="2"', $3::timestamptz + i * interval '1 second',
       false, 1, 'GET' from generate_series(1, $4::int) i`,
    [message, customer, at, HITS],
  );
  await app.advance('PT1H');
});
afterAll(() => app.close());

const get = (path: string, key?: string | null) => app.request('get', `/api/v1/exports/${path}`, key);

async function bytes(path: string): Promise<ArrayBuffer> {
  const answer = await fetch(`${app.url}/api/v1/exports/${path}`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}` },
  });
  expect(answer.status).toBe(200);
  return answer.arrayBuffer();
}

async function ndjson(path: string): Promise<Array<Record<string, Scalar>>> {
  const text = Buffer.from(await bytes(`${path}${path.includes('?') ? '&' : '?'}format=ndjson`)).toString('utf8');
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, Scalar>);
}

/** As the other forms write it: instants as text, integers as numbers. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'bigint' ? Number(value) : value;
}

describe('raw exports', () => {
  it.each(Object.keys(DATASETS))('%s: three forms, the same rows', async (name) => {
    const rows = await ndjson(name);
    const columns = (DATASETS as Record<string, Dataset>)[name]?.columns.map((column) => fieldName(column.name)) ?? [];
    for (const row of rows) expect(Object.keys(row)).toEqual(columns);

    // As text: comparing ten thousand objects one by one takes seconds.
    const read = await parquetReadObjects({ file: await bytes(`${name}?format=parquet`) });
    const same = read.map((row) => Object.fromEntries(columns.map((column) => [column, plain(row[column])])));
    expect(JSON.stringify(same)).toBe(JSON.stringify(rows));

    const csv = Buffer.from(await bytes(name)).toString('utf8');
    expect(csv.split('\r\n')[0]).toBe(columns.join(','));
    const table = parse<Record<string, string>>(csv, { columns: true });
    const cells = rows.map((row) => Object.fromEntries(columns.map((column) => [column, cell(row[column])])));
    expect(JSON.stringify(table)).toBe(JSON.stringify(cells));
  });

  it('goes through all pages and writes every row once', async () => {
    const rows = await ndjson('hits');
    expect(rows).toHaveLength(HITS);
    expect(new Set(rows.map((row) => row.hitId)).size).toBe(HITS);
  });

  it('shows ids and figures, no addresses', async () => {
    const [customer] = await ndjson('customers');
    expect(customer).toMatchObject({ externalId: '=cmd()', stage: 'prospect', erased: false });
    const [order] = await ndjson('orders');
    expect(order).toMatchObject({ totalMinor: 1990, refundedMinor: 500, revenueMinor: 1490, counting: true });
    const [outcome] = await ndjson('outcomes');
    expect(outcome).toMatchObject({ counting: true, revenueMinor: 1490 });
    for (const name of Object.keys(DATASETS)) {
      expect(Buffer.from(await bytes(`${name}?format=ndjson`)).toString()).not.toContain('anna@example.com');
    }
  });

  it('can be narrowed to a campaign and a span', async () => {
    expect(await ndjson('enrollments')).toHaveLength(2);
    const own = await ndjson('enrollments?campaign=welcome');
    expect(own.map((row) => row.campaignId)).toEqual([campaign]);
    expect(await ndjson('enrollments?from=2026-02-01T00:00:00Z')).toHaveLength(1);
    expect(await ndjson('enrollments?from=2026-01-01T00:00:00Z&to=2026-02-10T08:00:00Z')).toHaveLength(1);
    expect(await ndjson('hits?to=2026-01-10T08:00:11Z')).toHaveLength(10);
  });

  it.each([
    ['messages?format=xml', 422, 'format'],
    ['messages?from=yesterday', 422, 'from'],
    ['messages?from=2026-02-01T00:00:00Z&to=2026-02-01T00:00:00Z', 422, 'to'],
    ['products?from=2026-02-01T00:00:00Z', 422, 'from'],
    ['orders?campaign=welcome', 422, 'campaign'],
    ['orders?colour=red', 422, 'colour'],
  ])('%s is refused with %s at %s', async (path, status, fault) => {
    const { body } = await get(path).expect(status);
    expect((body as { errors: Array<{ path: string }> }).errors.map((error) => error.path)).toContain(fault);
  });

  it('does not know other datasets, campaigns or roles', async () => {
    await get('passwords').expect(404);
    await get('constructor').expect(404);
    await get('messages?campaign=nobody').expect(404);
    await get('messages', null).expect(401);
  });

  it('holds three at once, and lets go of those whose client went away', async () => {
    const exports = app.app.get(RawExports);
    const open = [];
    for (let i = 0; i < 3; i++) open.push(await exports.stream({ dataset: 'hits', format: 'ndjson' }));
    await get('hits').expect(429).expect('retry-after', /\d+/);
    open.forEach((stream) => stream.destroy());
    for (const stream of open) if (!stream.closed) await once(stream, 'close');
    await get('campaigns').expect(200);
  });
});

describe('the schema analytics', () => {
  it('has the columns that the exports have', async () => {
    const columns = await app.database.query<{ view: string; name: string }>(
      `select table_name as view, column_name as name from information_schema.columns
       where table_schema = 'analytics' order by table_name, ordinal_position`,
    );
    const views = Object.values<Dataset>(DATASETS).flatMap(({ view, columns: list }) =>
      list.map(({ name }) => ({ view, name })),
    );
    const sorted = (list: Array<{ view: string }>) =>
      [...list].sort((a, b) => (a.view < b.view ? -1 : Number(a.view > b.view)));
    expect(sorted(columns)).toEqual(sorted(views));
  });

  it('is all that its role can read', async () => {
    const client = new Client(app.databaseUrl);
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ schema: string; name: string }>(
        `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname in ('public', 'analytics') and c.relkind in ('r', 'v', 'm', 'p')`,
      );
      await client.query('set role ritorno_analytics');
      const readable = [];
      for (const { schema, name } of tables) {
        const answer = await client.query(`select * from ${schema}.${name} limit 1`).catch((error: unknown) => error);
        if (answer instanceof Error) expect(answer.message).toMatch(/permission denied/);
        else readable.push(`${schema}.${name}`);
      }
      expect(readable.sort()).toEqual(
        Object.values(DATASETS)
          .map(({ view }) => `analytics.${view}`)
          .sort(),
      );
      for (const change of [
        `update analytics.products set name = 'x'`,
        `delete from analytics.hits`,
        `create table analytics.mine (a int)`,
        `create table public.mine (a int)`,
      ]) {
        await expect(client.query(change)).rejects.toThrow(/permission denied/);
      }
    } finally {
      await client.end();
    }
  });
});

function cell(value: Scalar | undefined): string {
  const text = value === null || value === undefined ? '' : String(value);
  return typeof value === 'string' && /^[=+\-@]/.test(text) ? `'${text}` : text;
}
