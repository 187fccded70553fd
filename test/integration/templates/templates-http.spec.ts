import { startTestApp, type TestApp } from '../../support/app';

const mjml = (body: string) =>
  `<mjml><mj-body><mj-section><mj-column>${body}<mj-text><a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
const template = (key: string, subject = 'Hello {{customer.firstName}}', body = '<mj-text>x</mj-text>') => ({
  key,
  name: key,
  defaultLocale: 'en',
  locales: { en: { subject, mjml: mjml(body) } },
});
const CUSTOMER = '01920000-0000-7000-8000-000000000001';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  await app.database.execute(
    `insert into customers (id, external_id, email, first_name, locale, created_at, recorded_at, updated_at)
     values ($1, 't1', 't1@example.com', 'Zoë <b>', 'it-IT', $2, $2, $2)`,
    [CUSTOMER, new Date('2026-03-01T00:00:00Z')],
  );
});
afterAll(() => app.close());

interface Problem {
  errors: Array<{ path: string; message: string }>;
}
const pathsOf = (body: unknown): string[] => (body as Problem).errors.map((error) => error.path);
const messagesOf = (body: unknown): string => (body as Problem).errors.map((error) => error.message).join(' ');

const post = (path: string, body: object) => app.request('post', `/api/v1/templates${path}`).send(body);

describe('templates over HTTP', () => {
  it('saves, shows with an ETag, and previews in the locale of the customer', async () => {
    const created = await post('', {
      ...template('hi', 'Hi {{customer.firstName}}', '<mj-text>Dear {{customer.firstName}}</mj-text>'),
      locales: {
        en: {
          subject: 'Hi {{customer.firstName}}',
          preheader: 'news',
          mjml: mjml('<mj-text>Dear {{customer.firstName}}</mj-text>'),
        },
        it: { subject: 'Ciao {{customer.firstName}}', mjml: mjml('<mj-text>Cara {{customer.firstName}}</mj-text>') },
      },
    }).expect(201);
    expect(created.headers['etag']).toBe('"1"');
    expect(created.body).toMatchObject({ key: 'hi', kind: 'marketing', version: 1, localeNames: ['en', 'it'] });
    const shown = await app.request('get', '/api/v1/templates/hi').expect(200);
    expect(shown.body).toEqual(created.body);

    const it = await post('/hi/preview', { customerId: CUSTOMER }).expect(200);
    expect(it.body).toMatchObject({ subject: 'Ciao Zoë <b>', locale: 'it', warnings: [] });
    expect(it.body.html).toContain('Cara Zoë &lt;b&gt;');
    expect(it.body.html).toContain('@media');
    expect(it.body.text).toContain('Cara Zoë <b>');
    const en = await post('/hi/preview', { customerId: CUSTOMER, locale: 'en' }).expect(200);
    expect(en.body.html).toContain('Dear Zoë');
    const audited = await app.database.query<{ action: string }>(`select action from audit_log where resource = $1`, [
      `template:${created.body.id}`,
    ]);
    expect(audited).toEqual([{ action: 'template.create' }]);
  });

  it('lays data over the variables and warns of what nobody provides', async () => {
    const body =
      '<mj-text>{{#each order.lines as |line|}}<p>{{@index}}: {{line.name}} {{money line.unitPrice}}</p>{{/each}}{{coupon.code}}</mj-text>';
    await post('', template('lines', 'Order {{order.externalId}}', body)).expect(201);
    const data = { order: { externalId: 'A1', lines: [{ name: 'Moka', unitPrice: 9.5 }, { name: 'Beans' }] } };
    const preview = await post('/lines/preview', { data }).expect(200);
    expect(preview.body.subject).toBe('Order A1');
    expect(preview.body.html).toContain('0: Moka €9.50');
    expect(preview.body.warnings).toEqual([
      'coupon.code is not provided here and shows an example; a mail gets its own.',
    ]);
    const without = await post('/lines/preview', {}).expect(200);
    expect(without.body.subject).toBe('Order');
    expect(JSON.stringify(without.body.warnings)).toContain('order.externalId');
  });

  it('refuses a bad preview', async () => {
    const bad = async (body: object, path: string) => {
      const answer = await post('/hi/preview', body).expect(422);
      expect(pathsOf(answer.body)[0]).toBe(path);
    };
    await bad({ customerId: 'x' }, 'customerId');
    await bad({ customerId: '01920000-0000-7000-8000-0000000000ff' }, 'customerId');
    await bad({ data: { nonsense: 1 } }, 'data.nonsense');
    await bad({ data: { order: [] } }, 'data.order');
    await bad({ colour: 'red' }, 'colour');
    await post('/none/preview', {}).expect(404);
    const rows = Array.from({ length: 500 }, () => ({ name: 'x' }));
    await post(
      '',
      template('wide', 's', '<mj-text>{{#each order.lines}}{{#each ../order.lines}}x{{/each}}{{/each}}</mj-text>'),
    ).expect(201);
    await bad({ data: [] }, 'data');
    const wide = await post('/wide/preview', { data: { order: { lines: rows } } }).expect(422);
    expect(messagesOf(wide.body)).toMatch(/each/);
  });

  it('makes immutable versions, refuses a stale ETag and a changed key', async () => {
    await post('', template('v')).expect(201);
    const put = (body: object, ifMatch?: string) => {
      const request = app.request('put', '/api/v1/templates/v').send(body);
      return ifMatch === undefined ? request : request.set('if-match', ifMatch);
    };
    const second = await put(template('v', 'Second'), '"1"').expect(200);
    expect(second.headers['etag']).toBe('"2"');
    await put(template('v', 'Third'), '"1"').expect(412);
    const renamed = await put(template('w')).expect(422);
    expect(pathsOf(renamed.body)).toEqual(['key']);
    const versions = await app.request('get', '/api/v1/templates/v/versions?limit=1').expect(200);
    expect(versions.body.items).toMatchObject([{ version: 2, locales: { en: { subject: 'Second' } } }]);
    const older = await app
      .request('get', `/api/v1/templates/v/versions?cursor=${versions.body.nextCursor}`)
      .expect(200);
    expect(older.body).toMatchObject({ items: [{ version: 1 }], nextCursor: null });
    const first = await app.request('get', '/api/v1/templates/v/versions/1').expect(200);
    expect(first.body.locales.en.subject).toBe('Hello {{customer.firstName}}');
    for (const none of ['3', '0', 'x', '99999999999']) {
      await app.request('get', `/api/v1/templates/v/versions/${none}`).expect(404);
    }
    await app.request('get', '/api/v1/templates/none').expect(404);
    await app.request('put', '/api/v1/templates/none').send(template('none')).expect(404);
  });

  it('answers for its key and its body', async () => {
    await post('', template('hi')).expect(409);
    const bad = async (body: object, ...paths: string[]) => {
      const answer = await post('', body).expect(422);
      expect(pathsOf(answer.body)).toEqual(paths);
    };
    await bad({ ...template('x'), colour: 'red' }, 'colour');
    await bad(template('Not A Key'), 'key');
    await bad({ ...template('x'), name: 'a\0b' }, 'name');
    await bad({ ...template('x'), kind: 'spam' }, 'kind');
    await bad({ ...template('x'), locales: {} }, 'locales');
    await bad({ ...template('x'), locales: { en: 'text' } }, 'locales.en');
    await bad(
      { ...template('x'), locales: { en: { subject: 1, mjml: mjml(''), html: 'x' } } },
      'locales.en.html',
      'locales.en.subject',
    );
    await bad({ ...template('x'), locales: { it: template('x').locales.en } }, 'defaultLocale');
    await bad(template('x', 'a\nb'), 'locales.en.subject');
    const place = await post('', template('x', 's', '\n\n<mj-text>{{customer.frstName}}</mj-text>')).expect(422);
    expect(place.body.errors).toEqual([
      { path: 'locales.en.mjml', message: expect.stringContaining('frstName') as string, line: 3, column: 12 },
    ]);
    expect(place.headers['content-type']).toContain('application/problem+json');
    expect(place.text).not.toMatch(/node_modules|(^|[\s"'])\/(?!etc)[a-z]+\/[a-z]/i);
  });

  it('lists newest first, page by page', async () => {
    const first = await app.request('get', '/api/v1/templates?limit=2').expect(200);
    expect(first.body.items).toHaveLength(2);
    const rest = await app.request('get', `/api/v1/templates?limit=500&cursor=${first.body.nextCursor}`).expect(200);
    const items = [first.body, rest.body].flatMap((page: { items: Array<{ key: string }> }) => page.items);
    const keys = items.map((item) => item.key);
    expect(keys).toEqual(['v', 'wide', 'lines', 'hi']);
    await app.request('get', '/api/v1/templates?cursor=nonsense').expect(422);
  });
});

describe('pictures of the shipped mails', () => {
  it('are served to everybody, and nothing else is', async () => {
    const picture = await app.request('get', '/assets/mails/welcome-1.png', null).expect(200);
    expect(picture.headers['content-type']).toBe('image/png');
    expect(picture.headers['cache-control']).toContain('max-age');
    expect(picture.headers['cross-origin-resource-policy']).toBe('cross-origin');
    expect((picture.body as Buffer).subarray(1, 4).toString()).toBe('PNG');
    for (const name of [
      'welcome-1.svg',
      'none.png',
      '..%2fmails%2fwelcome-1%2fmail.json',
      '%2e%2e%2f%2e%2e%2fpackage.json',
      '..',
      'constructor',
    ]) {
      await app.request('get', `/assets/mails/${name}`, null).expect(404);
    }
  });
});
