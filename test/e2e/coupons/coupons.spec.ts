import { simpleParser } from 'mailparser';
import { CampaignStory } from '../../support/campaign-story';

interface Coupon {
  code: string;
  status: string;
  customerId: string | null;
  redeemedBy: string | null;
  redeemedByOther: boolean;
  expiresAt: string | null;
  cost: string | null;
}

interface Pool {
  counts: Record<string, number>;
  cost: string;
  warnings: string[];
}

describe('a shop that gives coupons away', () => {
  let story: CampaignStory;
  beforeAll(async () => (story = await CampaignStory.open('2026-03-02T08:00:00.000Z')));
  afterAll(() => story.close());

  const api = (method: 'get' | 'post' | 'put' | 'delete', path: string) => story.app.request(method, `/api/v1/${path}`);
  const pool = async (key: string): Promise<Pool> => (await api('get', `coupon-pools/${key}`).expect(200)).body as Pool;
  const coupons = async (key: string, query = ''): Promise<Coupon[]> =>
    ((await api('get', `coupon-pools/${key}/coupons${query}`).expect(200)).body as { items: Coupon[] }).items;
  const mailOf = async (who: string): Promise<string> =>
    (await simpleParser(story.sink.to(`${who}@example.com`).at(-1)?.octets ?? '')).text ?? '';
  const order = (who: string, id: string, change: object): Promise<void> =>
    story.tell('order.placed', {
      externalId: id,
      customer: { externalId: who },
      placedAt: '2026-03-05T10:00:00.000Z',
      currency: 'EUR',
      total: '45.00',
      discount: '5.00',
      lines: [{ productExternalId: 'tea', name: 'Tea', quantity: 1, unitPrice: '50.00' }],
      ...change,
    });

  async function template(key: string, text: string): Promise<void> {
    const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>${text} <a href="{{links.unsubscribe}}">x</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
    const locales = { en: { subject: key, mjml }, it: { subject: key, mjml } };
    await api('post', 'templates').send({ key, name: key, defaultLocale: 'en', locales }).expect(201);
  }

  const definition = (key: string, event: string, step: object): { key: string } & Record<string, unknown> => ({
    key,
    name: key,
    purpose: 'custom',
    basis: 'consent',
    trigger: { on: 'event', event },
    entry: { limit: 'unlimited' },
    holdout: 0,
    priority: 1,
    maxLateness: 'P2D',
    steps: [{ kind: 'email', key: 'gift', template: 'gift', ...step }],
  });

  it('a race for the last coupon: two codes, three customers at one moment', async () => {
    await template('gift', 'Code {{coupon.code}} for {{coupon.discount}} until {{date coupon.expiresAt "short"}}.');
    const made = await api('post', 'coupon-pools').send({
      key: 'thanks',
      codes: ['Tea-1', 'TEA-2'],
      discount: { kind: 'amount', value: '5' },
      expiresAfter: 'P10D',
      remindBefore: 'P3D',
      whenExhausted: 'skip',
    });
    expect([made.status, made.body.counts]).toMatchObject([201, { total: 2, free: 2, allocated: 0 }]);
    await story.campaign(definition('thank-you', 'thanks.wanted', { coupon: 'thanks' }));
    for (const who of ['anna', 'bruno', 'carla']) await story.customer(who, who === 'anna' ? { locale: 'it' } : {});
    await story.until('PT1H');
    for (const who of ['anna', 'bruno', 'carla']) await story.tell('thanks.wanted', { customer: { externalId: who } });
    await story.until('PT1H');
    expect(await story.ways('thank-you')).toEqual({ anna: 'gift', bruno: 'gift', carla: 'gift (skipped no_coupon)' });
    expect(await mailOf('anna')).toContain('Code Tea-1 for 5\u00a0€ di sconto until 12/03/26.');
    expect(await mailOf('bruno')).toContain('Code TEA-2 for €5 off until 3/12/26.');
    const carla = await story.idOf('carla');
    const explained = await api('get', `customers/${carla}/explain`).expect(200);
    expect(JSON.stringify(explained.body)).toContain('no_coupon');
    expect(await pool('thanks')).toMatchObject({
      counts: { total: 2, free: 0, allocated: 2 },
      warnings: ['No code is left: mails that want one are skipped (no_coupon).'],
    });
    await api('delete', 'coupon-pools/thanks').expect(409);
  });

  it('an order redeems a code once, whoever brings it, and gives it back when it is cancelled', async () => {
    await order('anna', 'A-1', { couponCodes: [' tea-1 ', 'NEWSLETTER'] });
    await order('carla', 'C-1', { couponCodes: ['tea-2'], placedAt: '2026-03-06T10:00:00.000Z' });
    const [anna, carla] = [await story.idOf('anna'), await story.idOf('carla')];
    expect(await coupons('thanks', '?status=redeemed')).toMatchObject([
      { code: 'Tea-1', customerId: anna, redeemedBy: anna, redeemedByOther: false, cost: '2.50' },
      { code: 'TEA-2', redeemedBy: carla, redeemedByOther: true, cost: '5.00' },
    ]);
    expect(await pool('thanks')).toMatchObject({ counts: { redeemed: 2, redeemedByOthers: 1 }, cost: '7.50' });
    const timeline = await api('get', `customers/${anna}/timeline`).expect(200);
    const seen = (timeline.body as { items: Array<{ kind: string; what?: string }> }).items;
    expect(seen.filter(({ kind }) => kind === 'coupon').map(({ what }) => what)).toEqual(['redeemed', 'given']);
    await order('carla', 'C-1', { couponCodes: ['tea-2'], status: 'cancelled', updatedAt: '2026-03-06T11:00:00.000Z' });
    expect(await coupons('thanks', '?status=allocated')).toMatchObject([
      { code: 'TEA-2', redeemedBy: null, cost: null },
    ]);
  });

  it('who has not redeemed is reminded before the code expires', async () => {
    await template('hurry', 'Your {{coupon.code}} ({{coupon.discount}}) ends on {{date coupon.expiresAt "short"}}.');
    const reminder = definition('hurry-up', 'coupon.expiring', { template: 'hurry' });
    const { warnings } = await story.campaign(reminder);
    expect(warnings).toEqual([]);
    await story.until('P8D');
    expect(await story.ways('hurry-up')).toEqual({ bruno: 'gift' });
    expect(await mailOf('bruno')).toContain('Your TEA-2 (€5 off) ends on 3/12/26.');
    await story.until('P3D');
    expect(await coupons('thanks', '?status=expired')).toMatchObject([{ code: 'TEA-2' }]);
  });

  it('a mail that stays behind gives its code back; who comes when there is none gets the mail without', async () => {
    const wish = { key: 'spare', codes: ['LAST-1'], discount: { kind: 'percent', value: 10 }, expiresAfter: 'P10D' };
    await api('post', 'coupon-pools')
      .send({ ...wish, whenExhausted: 'send_without' })
      .expect(201);
    await story.campaign(definition('spare', 'spare.wanted', { coupon: 'spare' }));
    for (const who of ['dora', 'emil', 'frida']) await story.customer(who, {});
    await api('put', 'settings/sending').send({ paused: true, reason: 'a wrong price' }).expect(200);
    await story.tell('spare.wanted', { customer: { externalId: 'dora' } });
    await story.until('PT1H');
    expect(await coupons('spare')).toMatchObject([{ status: 'allocated', customerId: await story.idOf('dora') }]);
    const consent = { status: 'unsubscribed', source: 'account', at: '2026-03-20T00:00:00.000Z' };
    await story.tell('customer.updated', { externalId: 'dora', consent });
    await api('put', 'settings/sending').send({ paused: false, reason: '' }).expect(200);
    await story.until('PT1H');
    expect(await story.ways('spare')).toEqual({ dora: 'gift (skipped unsubscribed)' });
    expect(await coupons('spare')).toMatchObject([{ code: 'LAST-1', status: 'free', customerId: null }]);
    await story.tell('spare.wanted', { customer: { externalId: 'emil' } });
    await story.until('PT1H');
    await story.tell('spare.wanted', { customer: { externalId: 'frida' } });
    await story.until('PT1H');
    expect(await mailOf('emil')).toContain('Code LAST-1 for 10% off');
    expect(await story.ways('spare')).toMatchObject({ emil: 'gift', frida: 'gift' });
    expect(await mailOf('frida')).toMatch(/Code\s+for\s+until/);
  });

  it('whoever is erased leaves no code behind, and the figures stay', async () => {
    const before = await pool('spare');
    await api('post', `customers/${await story.idOf('emil')}/erase`).expect(200);
    const [left] = await coupons('spare');
    expect(left?.code).not.toContain('LAST');
    expect([left?.status, (await pool('spare')).counts.total]).toEqual(['withdrawn', before.counts.total]);
  });

  it('who is held out gets none', async () => {
    const wish = { key: 'half', generate: { prefix: 'H-', count: 30 }, discount: { kind: 'free_shipping' } };
    await api('post', 'coupon-pools')
      .send({ ...wish, expiresAfter: 'P10D', whenExhausted: 'skip' })
      .expect(201);
    await story.campaign(Object.assign(definition('half', 'half.wanted', { coupon: 'half' }), { holdout: 0.5 }));
    const people = Array.from({ length: 24 }, (_, n) => `half-${n}`);
    for (const who of people) await story.customer(who, {});
    for (const who of people) await story.tell('half.wanted', { customer: { externalId: who } });
    await story.until('PT1H');
    const ways = Object.values(await story.ways('half'));
    const mailed = ways.filter((way) => way === 'gift').length;
    expect([ways.length, (await pool('half')).counts.allocated]).toEqual([people.length, mailed]);
    expect(ways.filter((way) => way.includes('held_out')).length).toBe(people.length - mailed);
    expect(people.length - mailed).toBeGreaterThan(0);
  });
});
