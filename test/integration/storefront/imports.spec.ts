import { startTestApp, type TestApp, uniqueKey } from '../../support/app';
import { pathsOf } from './shop';

const DATE = '2026-01-01T10:00:00Z';
const ORDER_COLUMNS =
  'orderExternalId,customerExternalId,email,placedAt,currency,total,productExternalId,quantity,unitPrice';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const query = <Row = Record<string, unknown>>(sql: string, values: unknown[] = []) =>
  app.database.query<Row>(sql, values);
const open = async (kind: string, format = 'csv', more: object = {}) =>
  (
    await app
      .request('post', '/api/v1/imports')
      .send({ kind, format, ...more })
      .expect(201)
  ).body as { id: string };
const put = (id: string, content: string, type = 'text/csv') =>
  app.request('put', `/api/v1/imports/${id}/content`).set('content-type', type).send(content);

interface Job {
  status: string;
  rows: number;
  processed: number;
  accepted: number;
  rejected: number;
  errorsUrl: string;
}

async function importFile(kind: string, content: string, format = 'csv', more: object = {}): Promise<Job> {
  const { id } = await open(kind, format, more);
  await put(id, content, format === 'csv' ? 'text/csv' : 'application/x-ndjson').expect(200);
  await app.advance('PT1S');
  return (await app.request('get', `/api/v1/imports/${id}`).expect(200)).body as Job;
}

const errorFile = async (job: Job) => (await app.request('get', job.errorsUrl).expect(200)).text;
const customers = (...ids: string[]) =>
  query<{ id: string; first: string; consent: string; stage: string }>(
    `select c.external_id as id, c.first_name as first, c.consent_status as consent, s.stage
     from customers c join customer_stages s on s.customer_id = c.id where c.external_id = any($1::text[]) order by 1`,
    [ids],
  );

describe('customers', () => {
  test('good rows in, bad rows in the error file with column and raw line, no row half stored', async () => {
    const csv =
      '\ufeffexternalId,email,firstName,consent\r\nf1,f1@example.com,"Rossi, Maria",subscribed\r\nf2,broken-address,X,subscribed\r\n' +
      'f3,f3@example.com,"multi\nline",unsubscribed\r\n\r\nf4,f4@example.com,=1+1\r\nf5,=cmd,=1+1,none\r\n';
    const job = await importFile('customers', csv);
    expect(job).toMatchObject({ status: 'completed', rows: 5, processed: 5, accepted: 2, rejected: 3 });
    expect(await customers('f1', 'f2', 'f3')).toEqual([
      { id: 'f1', first: 'Rossi, Maria', consent: 'subscribed', stage: 'prospect' },
      { id: 'f3', first: 'multi\nline', consent: 'unsubscribed', stage: 'prospect' },
    ]);
    const lines = (await errorFile(job)).trim().split('\r\n');
    expect(lines[0]).toBe('row,column,message,raw');
    expect(lines[1]).toMatch(/^2,email,.*"f2,broken-address,X,subscribed"$/);
    expect(lines[2]).toMatch(/^4,,"cannot be read: it has 3 cells/);
    expect(lines[3]).toMatch(/^5,email,/);
  });

  test('imports are silent: no event starts anything, stage changes have their cause', async () => {
    await importFile('customers', 'externalId,email,consent\nsilent,silent@example.com,subscribed\n');
    await importFile(
      'orders',
      `${ORDER_COLUMNS}\nsi-1,silent,silent@example.com,2026-03-01T10:00:00Z,EUR,10.00,moka,1,10.00\n`,
    );
    expect(
      await query(
        `select 1 from customer_events e join customers c on c.id = e.customer_id where c.external_id = 'silent' and e.starts`,
      ),
    ).toEqual([]);
    const moves = await query(`select t.from_stage, t.to_stage, t.cause from stage_transitions t
      join customers c on c.id = t.customer_id where c.external_id = 'silent' order by t.id`);
    expect(moves.at(-1)).toEqual({ from_stage: 'prospect', to_stage: 'recent', cause: 'import' });
    expect(moves.every((move) => move.cause === 'import')).toBe(true);
  });

  test('NDJSON, attributes, proof of consent', async () => {
    const lines = [
      {
        externalId: 'n1',
        email: 'n1@example.com',
        attributes: { city: 'Torino' },
        tags: ['vip'],
        consent: 'subscribed',
        consentAt: DATE,
        consentSource: 'till',
      },
      { externalId: 'n2', email: 5 },
      { externalId: 'n3', email: 'n3@example.com', 'attributes.size': 'L' },
    ];
    const job = await importFile(
      'customers',
      `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnot json\n[]\n`,
      'ndjson',
    );
    expect(job).toMatchObject({ accepted: 2, rejected: 3 });
    expect(
      await query(
        `select attributes, tags, consent_source from customers where external_id in ('n1', 'n3') order by external_id`,
      ),
    ).toEqual([
      { attributes: { city: 'Torino' }, tags: ['vip'], consent_source: 'till' },
      { attributes: { size: 'L' }, tags: [], consent_source: null },
    ]);
    expect(await errorFile(job)).toContain('4,,cannot be read: no JSON object,not json');
  });
});

describe('orders', () => {
  test("rows of an order are its lines; the first row's word about it is kept", async () => {
    const row = (order: string, more: Partial<Record<'at' | 'currency' | 'total' | 'product', string>> = {}) =>
      [
        order,
        'i1',
        'i1@example.com',
        more.at ?? DATE,
        more.currency ?? 'EUR',
        more.total ?? '30.00',
        more.product ?? 'moka',
        '2',
        '7.505',
      ].join(',');
    const job = await importFile(
      'orders',
      [
        ORDER_COLUMNS,
        row('i-1'),
        row('i-1', { product: 'beans', at: '2026-02-01T10:00:00Z', total: '99.00', currency: 'USD' }),
        row('i-2', { total: 'x' }),
        row('i-3'),
      ].join('\n'),
    );
    expect(job).toMatchObject({ processed: 4, accepted: 3, rejected: 1 });
    const orders = await query(
      `select o.external_id as id, o.status, o.total_minor as total, o.currency, o.placed_at as at, o.silent,
         (select string_agg(l.product_external_id || ' ' || l.quantity || ' ' || l.unit_price, ', ' order by l.position) from order_lines l where l.order_id = o.id) as lines
       from orders o where o.external_id like 'i-%' order by 1`,
    );
    expect(orders).toEqual([
      {
        id: 'i-1',
        status: 'paid',
        total: 3000,
        currency: 'EUR',
        at: new Date(DATE),
        silent: true,
        lines: 'moka 2 7.5050, beans 2 7.5050',
      },
      expect.objectContaining({ id: 'i-3', lines: 'moka 2 7.5050' }),
    ]);
  });

  test('an order may span chunks; the number of statements is far below the number of rows', async () => {
    const rows = Array.from(
      { length: 8100 },
      (_, i) => `span-${Math.floor(i / 3)},s${i % 7},s${i % 7}@example.com,${DATE},EUR,3.00,p${i},1,1.00`,
    );
    const statements = countStatements(app);
    const job = await importFile('orders', [ORDER_COLUMNS, ...rows].join('\n'));
    const { total, perRow } = statements.stop(8100);
    expect(job).toMatchObject({ accepted: 8100, rejected: 0, processed: 8100 });
    const [sums] = await query(`select count(distinct o.id)::int as orders, count(*)::int as lines from orders o
      join order_lines l on l.order_id = o.id where o.external_id like 'span-%'`);
    expect(sums).toEqual({ orders: 2700, lines: 8100 });
    // Five chunks of about forty statements each, and what the due work asks between them.
    expect(total).toBeGreaterThan(10);
    expect(perRow * 1000).toBeLessThan(60);
  });

  test('the shop’s own later word is not overwritten by an import of history', async () => {
    await app
      .request('post', '/api/v1/events')
      .send([
        {
          id: uniqueKey('e'),
          type: 'order.cancelled',
          occurredAt: '2026-03-01T10:00:00Z',
          data: {
            externalId: 'kept',
            customer: { externalId: 'k1' },
            placedAt: DATE,
            currency: 'EUR',
            total: '9.00',
            lines: [],
          },
        },
      ])
      .expect(202);
    await app.advance('PT1S');
    await importFile('orders', `${ORDER_COLUMNS}\nkept,k1,,${DATE},EUR,9.00,moka,1,9.00\n`);
    expect(await query(`select status, counting from orders where external_id = 'kept'`)).toEqual([
      { status: 'cancelled', counting: false },
    ]);
  });
});

test('products and suppressions', async () => {
  await importFile('products', 'externalId,name,price,active\nprod-1,The moka,29.90,yes\nprod-2,Old,,no\n');
  expect(
    await query(`select external_id as id, active from products where external_id like 'prod-%' order by 1`),
  ).toEqual([
    { id: 'prod-1', active: true },
    { id: 'prod-2', active: false },
  ]);
});

describe('suppressions', () => {
  const list = async (question: string) =>
    (await app.request('get', `/api/v1/suppressions?${question}`).expect(200)).body.items as Array<
      Record<string, unknown>
    >;

  test('come by file with scope and evidence; the export is such a file, with its cells defused', async () => {
    const job = await importFile(
      'suppressions',
      'email,scope,reason,evidence\nStop@example.com,,complaint,\n+phone@example.com,marketing,register,"{""no"":""=7""}"\nnobody,,,\n',
    );
    expect(job).toMatchObject({ accepted: 2, rejected: 1 });
    const [given] = await list('address=%2Bphone@example.com&scope=marketing&reason=register');
    expect(given).toMatchObject({ scope: 'marketing', evidence: { no: '=7', import: expect.any(String), row: 2 } });
    expect(await list('scope=marketing&reason=complaint')).toEqual([]);
    expect(await list('until=2020-01-01T00:00:00Z')).toEqual([]);
    await app.request('get', '/api/v1/suppressions?scope=none').expect(422);

    const { text, headers } = await app.request('get', '/api/v1/suppressions?format=csv').expect(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    const [head, ...lines] = text.trim().split('\r\n');
    expect(head).toBe('email,scope,reason,at,evidence');
    expect(lines.find((line) => line.includes('phone@'))).toMatch(
      /^'\+phone@example\.com,marketing,register,2026-.*Z,"\{/,
    );
    await query('delete from suppressions');
    expect(await importFile('suppressions', text)).toMatchObject({ accepted: 2, rejected: 0 });
    expect(await list('address=%2Bphone@example.com')).toMatchObject([
      { address: '+phone@example.com', at: given?.at, evidence: { no: '=7' } },
    ]);
  });

  test('no import and no event lifts one, and it outlives an erasure as a keyed hash', async () => {
    const address = 'held@example.com';
    const evidence = { said: 'user unknown' };
    const made = { address, reason: 'hard_bounce', evidence };
    await app
      .request('post', '/api/v1/suppressions')
      .send({ ...made, scope: 'marketing' })
      .expect(201);
    await app
      .request('post', '/api/v1/suppressions')
      .send({ ...made, evidence: { nul: '\0' } })
      .expect(422);
    await app.request('post', '/api/v1/suppressions').send(made).expect(201);
    const consent = 'subscribed,2026-03-01T10:00:00Z,checkout';
    const file = `externalId,email,consent,consentAt,consentSource\nheld,${address},${consent}\n`;
    await importFile('customers', file);
    await importFile('suppressions', `email,scope,reason\n${address},all,nothing of it\n`);
    const data = { externalId: 'held', email: address, consent: { status: 'subscribed', source: 'form', at: DATE } };
    const event = { id: 'held-1', type: 'customer.updated', occurredAt: '2026-03-01T20:00:00Z', data };
    await app.request('post', '/api/v1/events').send([event]).expect(202);
    await app.advance('PT1S');
    expect(await list(`address=${address}`)).toMatchObject([
      { scope: 'all', reason: 'hard_bounce', evidence },
      { scope: 'marketing', reason: 'hard_bounce', evidence },
    ]);
    const [customer] = await query<{ id: string }>(`select id from customers where external_id = 'held'`);
    const shown = () => app.request('get', `/api/v1/customers/${customer?.id}`).expect(200);
    expect((await shown()).body.suppressed).toMatchObject({ scope: 'all', reason: 'hard_bounce' });
    await app.request('delete', `/api/v1/suppressions?address=${address}&scope=marketing`).expect(204);
    await app.request('post', `/api/v1/customers/${customer?.id}/erase`).expect(200);
    // By its hash it is still found, and nobody can read whose it was.
    expect(await list(`address=${address}`)).toMatchObject([{ address: null, scope: 'all', evidence: null }]);
    expect((await app.request('get', '/api/v1/suppressions?format=csv')).text).not.toContain(address);
  });
});

describe('exposures: an experiment run elsewhere', () => {
  const DAY = '2026-01-05T09:00:00.000Z';
  const HEAD = 'campaignKey,customerExternalId,arm,enteredAt\n';

  test('are enrollments that are over, of a campaign that never ran here, before and after the orders', async () => {
    const people = Array.from({ length: 6 }, (_, i) => `exp-${i}`);
    await importFile('customers', `externalId\n${people.join('\n')}\n`);
    const order = (id: string, who: string, at: string) => `${id},${who},${at},EUR,10.00,X,1,10.00`;
    const orderHead =
      'orderExternalId,customerExternalId,placedAt,currency,total,productExternalId,quantity,unitPrice\n';
    const early = [order('x-1', 'exp-0', '2026-01-06T09:00:00Z'), order('x-2', 'exp-1', '2026-01-04T09:00:00Z')];
    await importFile('orders', orderHead + early.join('\n'));
    const rows = people.map((who, i) => `autumn,${who},${i % 2 === 0 ? 'treatment' : 'holdout'},${DAY}`);
    const job = await importFile('exposures', `${HEAD}${rows.join('\n')}\n`, 'csv', { holdout: 0.4 });
    expect(job).toMatchObject({ accepted: 6, rejected: 0 });
    await importFile('orders', orderHead + order('x-3', 'exp-3', '2026-01-07T09:00:00Z'));
    expect((await app.request('get', '/api/v1/campaigns/autumn')).body).toMatchObject({
      status: 'archived',
      holdout: 0.4,
    });
    const lift = (await app.request('get', '/api/v1/reports/campaigns/autumn/lift?window=P14D')).body as {
      arms: Record<string, { customers: number; repurchasers: number }>;
    };
    expect(lift).toMatchObject({
      arms: { treatment: { customers: 3, repurchasers: 1 }, holdout: { customers: 3, repurchasers: 1 } },
      verdictBasis: 'fixed',
      sampleRatio: { expected: 0.4 },
    });
    // Repeating the file changes nothing.
    expect(await importFile('exposures', `${HEAD}${rows.join('\n')}\n`)).toMatchObject({ accepted: 6, rejected: 0 });
    expect(await query(`select count(*)::int as n from enrollments where arm_reason = 'imported'`)).toEqual([{ n: 6 }]);
  });

  test('rows that cannot be are left out, each with its column', async () => {
    await importFile('customers', 'externalId\nexp-a\n');
    const rows = [
      `spring,exp-a,treatment,${DAY}`,
      `spring,exp-a,holdout,${DAY}`,
      `spring,nobody-knows,treatment,${DAY}`,
      `spring,exp-a,both,${DAY}`,
      'spring,exp-a,holdout,2099-01-01T00:00:00Z',
      `Not A Key,exp-a,holdout,${DAY}`,
    ];
    const job = await importFile('exposures', `${HEAD}${rows.join('\n')}\n`);
    expect(job).toMatchObject({ accepted: 1, rejected: 5 });
    const errors = (await errorFile(job)).trim().split('\r\n').slice(1);
    expect(errors.map((line) => line.split(',').slice(0, 2).join(' '))).toEqual([
      '2 arm',
      '3 customerExternalId',
      '4 arm',
      '5 enteredAt',
      '6 campaignKey',
    ]);
  });
});

describe('what is refused', () => {
  test('kinds that cannot be read, bad header lines, empty files, a second upload', async () => {
    const send = (body: object) => app.request('post', '/api/v1/imports').send(body);
    expect((await send({ kind: 'orders', format: 'csv', holdout: 0.5 })).status).toBe(422);
    expect((await send({ kind: 'socks', format: 'xml', more: 1 })).status).toBe(422);
    const { id } = await open('customers');
    const bad = await put(id, 'firstName,shoeSize\nx,1\n');
    expect(bad.status).toBe(422);
    expect(pathsOf(bad)).toEqual(['columns[1]', 'columns']);
    expect((await put(id, '')).status).toBe(422);
    expect((await put(id, '{}', 'application/json')).status).toBe(415);
    expect((await app.request('get', `/api/v1/imports/${id}`)).body).toMatchObject({ status: 'waiting', rows: null });
    await put(id, 'externalId\nok\n').expect(200);
    expect((await put(id, 'externalId\nok\n')).status).toBe(409);
    const nobody = '00000000-0000-7000-8000-000000000000';
    expect((await put(nobody, 'externalId\n')).status).toBe(404);
    expect((await app.request('get', `/api/v1/imports/${nobody}/errors`)).status).toBe(404);
  });

  test('a quote that is never closed costs its row, not the import', async () => {
    const job = await importFile('customers', 'externalId,firstName\nq1,Ada\nq2,"never closed\n');
    expect(job).toMatchObject({ status: 'completed', accepted: 1, rejected: 1 });
    expect(await errorFile(job)).toContain('cannot be read');
  });

  test('storefront keys import no suppressions', async () => {
    const made = await app.request('post', '/api/v1/api-keys').send({ name: 'shop', role: 'storefront' }).expect(201);
    const send = (kind: string) =>
      app.request('post', '/api/v1/imports', made.body.key as string).send({ kind, format: 'csv' });
    expect((await send('suppressions')).status).toBe(403);
    expect((await send('orders')).status).toBe(201);
    const { id } = await open('suppressions');
    const upload = app
      .request('put', `/api/v1/imports/${id}/content`, made.body.key as string)
      .set('content-type', 'text/csv');
    expect((await upload.send('email\n')).status).toBe(403);
  });
});

/** Counts the statements that the service sends to Postgres. */
function countStatements(of: TestApp): { stop(rows: number): { total: number; perRow: number } } {
  const runner = of.database.manager.dataSource.createQueryRunner();
  const prototype = Object.getPrototypeOf(runner) as { query: (...args: unknown[]) => unknown };
  void runner.release();
  const real = prototype.query;
  let total = 0;
  prototype.query = function (this: unknown, ...args: unknown[]): unknown {
    total++;
    return real.apply(this, args);
  };
  return {
    stop: (rows) => {
      prototype.query = real;
      return { total, perRow: total / rows };
    },
  };
}
