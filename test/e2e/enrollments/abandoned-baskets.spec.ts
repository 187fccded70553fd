import { simpleParser } from 'mailparser';
import { loadShipped } from '../../../src/blueprints/shipped-content';
import { makeShop, order, type Shop } from '../../integration/storefront/shop';
import { startTestApp, type TestApp } from '../../support/app';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink';

/** Eleven in the morning in Rome, a Monday. */
const START = '2026-03-02T10:00:00.000Z';
const at = (hours: number): string => new Date(Date.parse(START) + hours * 3_600_000).toISOString();

const MOKA = { productExternalId: 'moka', name: 'Moka da tre tazze', quantity: 1, unitPrice: '29.90' };
const CUP = { productExternalId: 'cup', name: 'Tazza blu', quantity: 2, unitPrice: '9.50' };

describe('the shipped campaigns for baskets left behind', () => {
  let sink: SmtpSink;
  let service: TestApp;
  let shop: Shop;
  let shopify: Shop;
  beforeAll(async () => {
    sink = await startSmtpSink();
    service = await startTestApp({ clock: START, smtpUrl: sink.url, env: { STORE_LOCALE: 'it' } });
    const { templates, campaigns } = loadShipped();
    for (const template of templates) await service.request('post', '/api/v1/templates').send(template).expect(201);
    for (const key of ['abandoned-cart', 'abandoned-checkout']) {
      const campaign = { ...campaigns.find((one) => one.key === key), holdout: 0 };
      await service.request('post', '/api/v1/campaigns').send(campaign).expect(201);
      const activated = await service.request('post', `/api/v1/campaigns/${key}/activate`).expect(200);
      expect(activated.body).toMatchObject({ warnings: [] });
    }
    shop = await makeShop(service, 'shop', 'generic', START);
    shopify = await makeShop(service, 'shopify', 'shopify', START);
    for (const name of ['anna', 'bruno', 'carla', 'dario', 'elena', 'fabio']) await subscribe(name);
    await basket('checkout.started', 'anna', 0, [MOKA, CUP]);
    await basket('checkout.started', 'bruno', 0, [MOKA]);
    await shopifyCheckout('carla');
    await basket('cart.updated', 'dario', 0, [MOKA]);
    await basket('cart.updated', 'elena', 0, [MOKA]);
    await basket('cart.updated', 'fabio', 0, [CUP]);
    await service.advance('PT1H');
    const bought = order('o-1', 'bruno', at(1), '29.90');
    await tell('order.placed', bought, 1);
    await service.advance('PT1H');
    await basket('cart.updated', 'dario', 2, [MOKA, CUP]);
    await basket('cart.updated', 'elena', 2, []);
    await basket('checkout.started', 'fabio', 2, [CUP]);
    await service.advance('P4D');
  });
  afterAll(async () => {
    await service.close();
    await sink.stop();
  });

  const tell = async (type: string, data: object, hours: number): Promise<void> => {
    const answer = await shop.deliver(type, data, { occurredAt: at(hours), timestamp: Date.parse(at(hours)) / 1000 });
    expect(answer.status).toBe(202);
  };
  const subscribe = (name: string): Promise<void> => {
    const consent = { status: 'subscribed', source: 'till', at: at(-1) };
    return tell('customer.created', { externalId: name, email: `${name}@example.com`, firstName: name, consent }, 0);
  };
  const basket = (type: string, name: string, hours: number, lines: object[]): Promise<void> =>
    tell(
      type,
      {
        customer: { externalId: name, email: `${name}@example.com` },
        ...{ externalId: `b-${name}`, url: `https://shop.test/basket/${name}`, total: '48.90', currency: 'EUR', lines },
      },
      hours,
    );
  const shopifyCheckout = async (name: string): Promise<void> => {
    const body = {
      ...{ id: 1, token: 't-1', email: `${name}@example.com`, created_at: START, updated_at: START },
      ...{ completed_at: null, currency: 'EUR', total_price: '12.00' },
      abandoned_checkout_url: 'https://shop.test/recover/1',
      line_items: [{ product_id: 77, title: 'Miele di castagno', quantity: 1, price: '12.00' }],
    };
    expect((await shopify.post('checkouts/create', JSON.stringify(body))).status).toBe(202);
  };
  const mailsOf = async (name: string) =>
    Promise.all(
      sink.to(`${name}@example.com`).map(async (mail) => {
        const { subject, text = '', date } = await simpleParser(mail.octets);
        return { subject, text, at: date?.toISOString() };
      }),
    );

  it('write after two hours with what was left at the checkout, once more a day later, and no more', async () => {
    const mails = await mailsOf('anna');
    expect(mails.map((mail) => [mail.subject, mail.at])).toEqual([
      ['Ti manca solo un passo, anna', at(2)],
      ['Lo teniamo ancora da parte?', at(26)],
    ]);
    for (const { text } of mails) {
      expect(text).toMatch(/Moka da tre tazze\s+1 × 29,90\s€/);
      expect(text).toMatch(/Tazza blu\s+2 × 9,50\s€/);
      expect(text).toMatch(/48,90\s€/);
    }
  });

  it('write nothing to who ordered in between', async () => {
    expect(await mailsOf('bruno')).toEqual([]);
    const { body } = await service.request('get', '/api/v1/campaigns/abandoned-checkout/enrollments').expect(200);
    const exits = (body as { items: Array<{ exitReason: string | null }> }).items.map((one) => one.exitReason);
    expect(exits.filter((reason) => reason === 'goal')).toHaveLength(1);
  });

  it('know the checkouts of Shopify', async () => {
    const [mail] = await mailsOf('carla');
    expect(mail?.text).toMatch(/Miele di castagno\s+1 × 12,00\s€/);
  });

  it('wait until a cart has rested, and show it as it stands', async () => {
    const mails = await mailsOf('dario');
    expect(mails.map((mail) => mail.at)).toEqual([at(6)]);
    expect(mails[0]?.text).toContain('Moka da tre tazze');
    expect(mails[0]?.text).toContain('Tazza blu');
  });

  it('write nothing of a cart that was emptied', async () => {
    expect(await mailsOf('elena')).toEqual([]);
  });

  it('leave a cart to the checkout that it became', async () => {
    const subjects = (await mailsOf('fabio')).map((mail) => mail.subject);
    expect(subjects).toEqual(['Ti manca solo un passo, fabio', 'Lo teniamo ancora da parte?']);
  });
});
