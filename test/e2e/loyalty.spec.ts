import { simpleParser } from 'mailparser';
import { SegmentStory } from '../support/segment-story';
import { startTestApp, type TestApp } from '../support/app';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink';

const START = '2026-03-02T10:00:00.000Z';
const DAY = 86_400_000;
const at = (days: number): string => new Date(Date.parse(START) + days * DAY).toISOString();

const template = (key: string, subject: string, text: string) => ({
  key,
  name: key,
  defaultLocale: 'en',
  locales: {
    en: {
      subject,
      mjml: `<mjml><mj-body><mj-section><mj-column><mj-text>${text}
        <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`,
    },
  },
});

/** Somebody who likes the shop brings a friend: what both get for it, once, and what follows. */
describe('a promoter who refers a friend', () => {
  let sink: SmtpSink;
  let app: TestApp;
  let story: SegmentStory;
  let code = '';

  beforeAll(async () => {
    sink = await startSmtpSink();
    app = await startTestApp({ clock: START, smtpUrl: sink.url });
    story = new SegmentStory(app);
    const setting = {
      points: { perCurrencyUnit: 1 },
      tiers: [{ key: 'ambassador', name: 'Ambassador', atPoints: 140 }],
      referral: { url: 'https://shop.test/?ref={code}', rewardPoints: { referrer: 100, referred: 50 } },
    };
    await app.request('put', '/api/v1/settings/loyalty').send(setting).expect(200);
    await campaign('invite', { on: 'order' }, 'Bring a friend', 'Your code: {{customer.referral.url}}');
    await campaign(
      'promoted',
      { on: 'event', event: 'tier.changed' },
      'You are now {{customer.tier}}',
      'With {{customer.points}} points, {{event.properties.from}} to {{event.properties.to}}',
    );
    for (const who of ['anna', 'bruno', 'carla']) {
      const consent = { status: 'subscribed', source: 'till', at: at(-1) };
      await story.customer(who, START, { firstName: who, consent });
    }
    await story.order('a1', 'anna', START, { total: '40.00' });
    await app.advance('P1D');
    const [mail] = await mailsOf('anna');
    code = /ref=([A-Z0-9]+)/.exec(mail?.text ?? '')?.[1] ?? '';
  });
  afterAll(async () => {
    await app.close();
    await sink.stop();
  });

  async function campaign(key: string, trigger: object, subject: string, text: string): Promise<void> {
    await app
      .request('post', '/api/v1/templates')
      .send(template(key, subject, text))
      .expect(201);
    const steps = [{ kind: 'email', key: 'mail', template: key }];
    const body = { key, name: key, purpose: 'loyalty', trigger, entry: { limit: 'unlimited' }, steps };
    await app.request('post', '/api/v1/campaigns').send(body).expect(201);
    const { body: activated } = await app.request('post', `/api/v1/campaigns/${key}/activate`).send({}).expect(200);
    expect(activated).toMatchObject({ warnings: [] });
  }
  const mailsOf = (who: string) =>
    Promise.all(
      sink.to(`${who}@example.com`).map(async ({ octets }) => {
        const { subject, text = '' } = await simpleParser(octets);
        return { subject, text };
      }),
    );
  const shown = async (who: string): Promise<{ id: string; points: number; tier: string | null }> => {
    const { body } = await app.request('get', `/api/v1/customers?externalId=${who}`).expect(200);
    const [found] = (body as { items: Array<{ id: string; points: number; tier: string | null }> }).items;
    return found ?? { id: '', points: -1, tier: null };
  };

  it('finds a code of their own in the mail', async () => {
    expect(code).toMatch(/^[2-9A-HJ-NP-Z]{10}$/);
    const { id } = await shown('anna');
    const { body } = await app.request('get', `/api/v1/customers/${id}/referral`).expect(200);
    expect(body).toEqual({ code, url: `https://shop.test/?ref=${code}`, referred: 0, earned: 0 });
    const preview = await app.request('post', '/api/v1/templates/invite/preview').send({ customerId: id }).expect(200);
    expect((preview.body as { text: string }).text).toContain(`https://shop.test/?ref=${code}`);
    // Whose mail does not name it has none.
    expect(await app.database.query('select 1 from referral_codes where customer_id <> $1', [id])).toEqual([]);
  });

  it('the first order of the friend rewards both once, and the tier that is reached starts its campaign', async () => {
    await story.order('b1', 'bruno', at(1), { total: '25.00', couponCodes: [code] });
    await app.advance('P1D');
    expect(await shown('anna')).toMatchObject({ points: 140, tier: 'ambassador' });
    expect(await shown('bruno')).toMatchObject({ points: 75, tier: null });
    const mails = await mailsOf('anna');
    expect(mails.map(({ subject }) => subject)).toEqual(['Bring a friend', 'You are now ambassador']);
    expect(mails[1]?.text).toContain('With 140 points,  to ambassador');

    await story.order('b2', 'bruno', at(2), { total: '25.00', couponCodes: [code] });
    await app.advance('P1D');
    expect(await shown('anna')).toMatchObject({ points: 140 });
    expect(await shown('bruno')).toMatchObject({ points: 100 });
  });

  it('nobody refers themselves', async () => {
    const { code: own } = (
      await app.request('get', `/api/v1/customers/${(await shown('carla')).id}/referral`).expect(200)
    ).body as { code: string };
    await story.order('c1', 'carla', at(3), { total: '10.00', couponCodes: [own] });
    const twin = { externalId: 'carla-2', email: 'Carla+friend@example.com' };
    await story.order('c2', 'carla-2', at(3), { total: '10.00', couponCodes: [own], customer: twin });
    await app.advance('P1D');
    expect(await shown('carla')).toMatchObject({ points: 10 });
    expect(await shown('carla-2')).toMatchObject({ points: 10 });
  });

  it('when the first order goes back the reward goes too, and with it the tier', async () => {
    await story.told({
      type: 'order.refunded',
      occurredAt: at(4),
      data: { orderExternalId: 'b1', amount: '25.00', at: at(4) },
    });
    await app.advance('P1D');
    expect(await shown('anna')).toMatchObject({ points: 40, tier: null });
    expect(await shown('bruno')).toMatchObject({ points: 25 });
    expect((await mailsOf('anna')).map(({ subject }) => subject)).toEqual([
      'Bring a friend',
      'You are now ambassador',
      'You are now',
    ]);
  });
});
