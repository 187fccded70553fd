import { AppConfig } from '../../../src/platform/config/config';
import { TemplatesRepository } from '../../../src/templates/data/templates.repository';
import { compileTemplate } from '../../../src/templates/domain/compile-template';
import { MjmlLayouter } from '../../../src/templates/mjml-layouter';
import { ReferralCodes } from '../../../src/incentives/referral-codes';
import { ReferralVariables } from '../../../src/templates/referral-variables';
import { RenderVariablesLoader } from '../../../src/templates/render-variables';
import { AppLogger } from '../../../src/platform/logging/logger';
import { RenderThreads } from '../../../src/templates/render-threads';
import { TemplateRenderer } from '../../../src/templates/template-renderer';
import { TemplateVariables } from '../../../src/templates/template-variables';
import { createTestDatabase, type TestDatabase } from '../../support/database';

const layouter = new MjmlLayouter();
afterAll(() => layouter.onApplicationShutdown());

const at = new Date('2026-03-01T10:00:00.000Z');
const id = (n: number) => `01920000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const links = { unsubscribe: 'https://r.test/u', preferences: 'https://r.test/p', viewInBrowser: 'https://r.test/v' };
const config = AppConfig.from({
  NODE_ENV: 'test',
  PUBLIC_URL: 'https://r.test',
  STORE_NAME: 'Bottega',
  STORE_CURRENCY: 'EUR',
  STORE_TIMEZONE: 'Europe/Rome',
  STORE_LOCALE: 'it',
  STORE_ADDRESS: 'Via Roma 1',
  STORE_URL: 'https://shop.test/',
});

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
  await db.database.transaction(async (tx) => {
    await tx.execute(
      `insert into customers (id, external_id, email, first_name, locale, tags, attributes, created_at, recorded_at, updated_at)
       values ($1, 'a', 'a@example.com', 'Ada', 'it', '{vip}', $3, $2, $2, $2), ($4, 'b', null, null, null, '{}', '{}', $2, $2, $2)`,
      [id(1), at, JSON.stringify({ city: 'Roma', constructor: 'x', long: 'y'.repeat(20_000) }), id(2)],
    );
    await tx.execute(
      `insert into customer_stages (customer_id, stage, since, order_count, last_day) values ($1, 'recent', $2, 1, '2026-03-01')`,
      [id(1), at],
    );
    await tx.execute(
      `insert into customer_orders (customer_id, count, total_minor, first_at, last_at, last_day) values ($1, 1, 4990, $2, $2, '2026-03-01')`,
      [id(1), at],
    );
    await tx.execute(
      `insert into products (id, external_id, name, category, price, url, image_url, recorded_at, updated_at)
       values ($1, 'moka', 'The moka', 'kitchen', 49.9, 'https://shop.test/moka', 'https://shop.test/moka.png', $2, $2)`,
      [id(20), at],
    );
    await tx.execute(
      `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency, total_minor, counting, recorded_at)
       values ($1, 'A1', $2, $3, $3, 'e', 'paid', 'EUR', 4990, true, $3)`,
      [id(10), id(1), at],
    );
    await tx.execute(
      `insert into order_lines (order_id, position, product_external_id, name, quantity, unit_price)
       values ($1, 0, 'moka', null, 1, 49.9), ($1, 1, 'gone', 'Gone', 2.5, 0.045)`,
      [id(10)],
    );
    await tx.execute(
      `insert into customer_events (id, customer_id, type, occurred_at, recorded_at, properties, reference, starts)
       values ($1, $2, 'checkout.started', $3, $3, $4, null, true), ($5, $2, 'order.fulfilled', $3, $3, '{}', $6, true)`,
      [
        id(30),
        id(1),
        at,
        JSON.stringify({ url: 'https://shop.test/cart', lines: [{ productExternalId: 'moka', quantity: 1 }, 'junk'] }),
        id(31),
        id(10),
      ],
    );
  });
});
afterAll(() => db.close());

const codes = new ReferralCodes(undefined as never, undefined as never);
const loader = new RenderVariablesLoader(config, new ReferralVariables(codes, new TemplatesRepository()));

describe('variables of a batch', () => {
  it('are those of each message, in their order, with one statement per kind of thing', async () => {
    const statements: string[] = [];
    const counted = {
      query: <Row>(sql: string | { text: string; values?: readonly unknown[] }) => {
        statements.push(typeof sql === 'string' ? sql : sql.text);
        return db.database.query<Row>(sql);
      },
      execute: () => Promise.reject(new Error('nothing is written')),
    };
    const requests = [
      { customerId: id(1), orderId: id(10), links },
      { customerId: id(2), links },
      { customerId: id(1), eventId: id(30), recommendations: [], links },
      { customerId: id(1), eventId: id(31), links },
      { customerId: null, links },
      { customerId: id(99), orderId: id(98), eventId: id(97), links },
    ];
    const [order, plain, cart, fulfilled, nobody, unknown] = await loader.load(counted, requests);
    expect(statements).toHaveLength(5);
    expect(order?.customer).toMatchObject({
      firstName: 'Ada',
      stage: 'recent',
      tags: ['vip'],
      points: 0,
      orders: { count: 1, total: '49.90', lastAt: at.toISOString() },
    });
    expect(order?.customer.attributes['city']).toBe('Roma');
    expect(order?.customer.attributes['long']).toHaveLength(10_000);
    expect(Object.keys(order?.customer.attributes ?? {}).sort()).toEqual(['city', 'long']);
    expect(order?.order).toEqual({
      externalId: 'A1',
      placedAt: at.toISOString(),
      total: '49.90',
      currency: 'EUR',
      lines: [
        {
          productExternalId: 'moka',
          name: 'The moka',
          category: 'kitchen',
          quantity: 1,
          unitPrice: '49.90',
          url: 'https://shop.test/moka',
          imageUrl: 'https://shop.test/moka.png',
        },
        {
          productExternalId: 'gone',
          name: 'Gone',
          category: null,
          quantity: 2.5,
          unitPrice: '0.045',
          url: null,
          imageUrl: null,
        },
      ],
    });
    expect(plain?.customer).toMatchObject({
      email: null,
      stage: null,
      orders: { count: 0, total: '0.00', lastAt: null },
    });
    expect(plain?.order).toBeUndefined();
    expect(cart?.event).toMatchObject({
      type: 'checkout.started',
      properties: { url: 'https://shop.test/cart' },
      lines: [{ productExternalId: 'moka', name: 'The moka', url: 'https://shop.test/moka' }],
    });
    expect(cart?.recommendations).toEqual([]);
    expect(fulfilled?.order?.externalId).toBe('A1');
    expect(nobody?.customer.email).toBeNull();
    expect(unknown).toMatchObject({ customer: { email: null }, links: { assets: 'https://r.test/assets/mails' } });
    expect(unknown?.store).toEqual({
      name: 'Bottega',
      address: 'Via Roma 1',
      currency: 'EUR',
      locale: 'it',
      url: 'https://shop.test',
    });
  });
});

describe('rendering by version', () => {
  const source = (subject: string) => ({
    subject,
    mjml: `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao {{customer.firstName}}, {{date order.placedAt}} {{money order.total}} {{#each recommendations}}{{name}}{{/each}} <a href="https://shop.test/?a=1&amp;b={{customer.stage}}">go</a> <a href="{{links.unsubscribe}}">x</a></mj-text></mj-column></mj-section></mj-body></mjml>`,
  });

  it('gives each its mail, by locale, with links and pixel, and says what cannot be rendered', async () => {
    const repository = new TemplatesRepository();
    const result = await compileTemplate(
      { it: source('Ciao'), en: source('Hello') },
      'it',
      'marketing',
      layouter.layOut,
    );
    if (!result.ok) throw new Error(JSON.stringify(result.faults));
    const row = {
      id: id(50),
      key: 'k',
      name: 'k',
      kind: 'marketing' as const,
      default_locale: 'it',
      version: 1,
      created_at: at,
      updated_at: at,
    };
    await db.database.transaction(async (tx) => {
      await repository.insert(tx, row);
      await repository.insertVersion(tx, {
        ...row,
        template_id: row.id,
        locales: {},
        compiled: result.locales,
        variables: result.locales['it']?.variables ?? [],
      });
    });
    const threads = new RenderThreads(new AppLogger('silent'));
    const renderer = new TemplateRenderer(db.database, repository, config, threads);
    const [variables] = await loader.load(db.database, [{ customerId: id(1), orderId: id(10), links }]);
    if (!variables) throw new Error('no variables');
    const request = { templateId: id(50), version: 1, variables };
    const [italian, english, none] = await renderer.render([
      {
        ...request,
        locale: 'it-IT',
        rewriteLink: (url, i) => `https://r.test/t/c/${i}?${url.length}`,
        pixelUrl: 'https://r.test/t/o/x',
      },
      { ...request, locale: 'en' },
      { ...request, version: 2, locale: 'en' },
    ]);
    if (!italian?.ok || !english?.ok) throw new Error('not rendered');
    expect(italian).toMatchObject({
      subject: 'Ciao',
      locale: 'it',
      links: ['https://shop.test/?a=1&b=recent'],
      warnings: [],
    });
    expect(italian.html).toContain('1 marzo 2026 49,90');
    expect(italian.html).toContain('href="https://r.test/t/c/0?31"');
    expect(italian.html).toContain('href="https://r.test/u"');
    expect(italian.html).toContain('<img src="https://r.test/t/o/x"');
    expect(italian.text).toContain('go <https://shop.test/?a=1&b=recent>');
    expect(english).toMatchObject({ subject: 'Hello', locale: 'en' });
    expect(english.html).toContain('href="https://shop.test/?a=1&amp;b=recent"');
    expect(english.html).not.toContain('width="1" height="1"');
    expect(none).toEqual({ ok: false, message: 'The template or its version does not exist.' });
  });

  it('tells what a use of a template leaves empty', async () => {
    const needs = new TemplateVariables(new TemplatesRepository());
    expect(
      await needs.missing(db.database, [
        { templateId: id(50), provided: new Set(['order']) },
        { templateId: id(50), provided: new Set(['order', 'recommendations']) },
        { templateId: id(51), provided: new Set() },
      ]),
    ).toEqual([['recommendations', 'recommendations[].name'], [], []]);
  });
});
