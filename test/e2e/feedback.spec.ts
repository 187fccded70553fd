import { readFileSync } from 'node:fs';
import path from 'node:path';
import { simpleParser } from 'mailparser';
import { loadShipped } from '../../src/blueprints/shipped-content';
import { insertAskedMail, visit } from '../support/asked-mails';
import { CampaignStory } from '../support/campaign-story';

/** Nine in the morning in Rome, a Monday. */
const START = '2026-03-02T08:00:00.000Z';
const REPLY_TO = 'anna@bottega.test';

/**
 * The shipped feedback and cross-selling, from the parcel to what an answer changes: somebody who would not recommend
 * the shop is written to in person and spared offers for thirty days; somebody who would is asked to tell a friend.
 */
describe('asking after the parcel has come', () => {
  let story: CampaignStory;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    story = await CampaignStory.open(START);
    const { surveys, templates, campaigns } = loadShipped();
    const live = (key: string, more: object): object => {
      const found = campaigns.find((one) => one.key === key);
      return { ...found, holdout: 0, status: 'active', ...more };
    };
    const sender = { name: 'Anna', address: 'ciao@bottega.test', replyTo: REPLY_TO };
    await story.app
      .request('post', '/api/v1/blueprints/apply')
      .send({
        surveys,
        templates,
        segments: [{ key: 'unhappy', name: 'Unhappy', condition: unhappy }],
        campaigns: [live('feedback', { sender }), live('cross-sell', { entry: { limit: 'unlimited', key: 'order' } })],
      })
      .expect(200);
    for (const who of ['dora', 'paul', 'tess']) {
      const consent = { status: 'subscribed', source: 'till', at: START };
      await story.tell('customer.created', {
        externalId: who,
        email: email(who),
        firstName: who,
        locale: 'en',
        consent,
      });
      const { body } = await story.app.request('get', `/api/v1/customers?externalId=${who}`).expect(200);
      ids.set(who, (body as { items: Array<{ id: string }> }).items[0]?.id ?? '');
      await order(who, `${who}-1`);
    }
    // The parcels come on the third day, but Tess's, of which nobody is told.
    await story.until('2026-03-05T10:00:00.000Z');
    for (const who of ['dora', 'paul']) {
      await story.tell('order.delivered', { orderExternalId: `${who}-1`, at: '2026-03-05T09:00:00.000Z' });
    }
    await story.until('2026-03-12T17:00:00.000Z');
  });
  afterAll(() => story.close());

  const unhappy = { survey: 'nps', score: { op: 'lte', value: 6 }, within: 'P30D' };
  const email = (who: string): string => `${who}@example.com`;
  const order = (who: string, externalId: string): Promise<void> =>
    story.tell('order.placed', {
      ...{
        externalId,
        customer: { externalId: who, email: email(who) },
        placedAt: now(),
        currency: 'EUR',
        total: '30',
      },
      lines: [{ productExternalId: 'moka', name: 'The moka', quantity: 1, unitPrice: '30' }],
    });
  let clock = START;
  const now = (): string => clock;
  const until = async (at: string): Promise<void> => {
    await story.until(at);
    clock = at;
  };
  const get = async (path: string): Promise<Record<string, unknown> & { items: Array<Record<string, unknown>> }> =>
    (await story.app.request('get', path).expect(200)).body as never;
  const sent = async (who: string, campaign: string): Promise<string[]> =>
    (await get(`/api/v1/messages?customerId=${ids.get(who)}&campaign=${campaign}`)).items
      .map(({ step, status, dueAt }) => `${String(step)} ${String(status)} ${String(dueAt).slice(0, 16)}`)
      .reverse();
  const mailTo = async (who: string, subject: RegExp) => {
    for (const { to, octets } of story.sink.mails) {
      if (!to.includes(email(who))) continue;
      const mail = await simpleParser(octets);
      if (subject.test(mail.subject ?? '')) return mail;
    }
    throw new Error(`no mail to ${who} about ${String(subject)}`);
  };
  const answer = async (who: string, score: number): Promise<void> => {
    const { html } = await mailTo(who, /How is it going/);
    const links = [...String(html).matchAll(/href="([^"]*\/s\/[^"]+)"/g)].map((found) => found[1] ?? '');
    expect(links).toHaveLength(11);
    const link = links[score] ?? '';
    expect((await visit(story.app, link)).status).toBe(200);
    expect((await visit(story.app, link, { part: 'answer', score: String(score) })).status).toBe(200);
  };
  const refusals = async (who: string): Promise<unknown[]> =>
    story.app.database.query(
      `select r.reason from enrollment_refusals r join campaigns c on c.id = r.campaign_id
       where c.key = 'cross-sell' and r.customer_id = $1`,
      [ids.get(who)],
    );
  const members = async (): Promise<unknown[]> => story.app.database.query(`select customer_id from segment_members`);

  it('asks seven days after the delivery, or after the order where none was reported', async () => {
    expect(await sent('dora', 'feedback')).toEqual(['how-did-it-go sent 2026-03-12T16:00']);
    expect(await sent('paul', 'feedback')).toEqual(['how-did-it-go sent 2026-03-12T16:00']);
    expect(await sent('tess', 'feedback')).toEqual(['how-did-it-go sent 2026-03-08T16:00']);
  });

  it('writes in person to somebody who would not recommend us, and spares them offers for thirty days', async () => {
    clock = '2026-03-12T17:00:00.000Z';
    await answer('dora', 3);
    await until('2026-03-13T10:00:00.000Z');
    expect((await sent('dora', 'feedback'))[1]).toMatch(/^in-person sent/);
    const mail = await mailTo('dora', /make it right/);
    expect(mail.replyTo?.value.map(({ address }) => address)).toEqual([REPLY_TO]);
    const timeline = await get(`/api/v1/customers/${ids.get('dora')}/timeline?limit=100`);
    expect(timeline.items.filter(({ kind }) => kind === 'survey')).toMatchObject([
      { survey: 'nps', what: 'nps', score: 3 },
    ]);
    expect(await members()).toEqual([{ customer_id: ids.get('dora') }]);
    const explained = await get(`/api/v1/customers/${ids.get('dora')}/explain?campaign=feedback`);
    expect(JSON.stringify(explained)).toContain('"survey nps score lte 6 within P10D":1');
    await order('dora', 'dora-2');
    expect(await refusals('dora')).toEqual([{ reason: 'not_in_audience' }]);
  });

  it('asks somebody who would to tell a friend', async () => {
    await answer('paul', 10);
    await until('2026-03-14T10:00:00.000Z');
    expect((await sent('paul', 'feedback'))[1]).toMatch(/^tell-a-friend sent/);
    await mailTo('paul', /would like this/);
    await order('paul', 'paul-2');
    expect(await refusals('paul')).toEqual([]);
    const report = await get('/api/v1/reports/surveys/nps');
    expect(report).toMatchObject({ responses: 2, delivered: 3, answered: 2, score: 0, promoters: { count: 1 } });
  });

  it('asks everybody for a review, and sells to the unhappy one again after thirty days', async () => {
    await until('2026-04-11T16:59:00.000Z');
    for (const who of ['dora', 'paul', 'tess']) expect((await sent(who, 'feedback')).at(-1)).toMatch(/^a-review sent/);
    await order('dora', 'dora-3');
    expect(await refusals('dora')).toHaveLength(2);
    await until('2026-04-11T17:01:00.000Z');
    expect(await members()).toEqual([]);
    await order('dora', 'dora-4');
    expect(await refusals('dora')).toHaveLength(2);
  });

  it('tells those who named a reason once it is mended, as docs/feedback.md has it', async () => {
    const page = readFileSync(path.join(__dirname, '../../docs/feedback.md'), 'utf8');
    const [, block = ''] = /```json\n(\{\n {2}"segments"[^`]*)```/.exec(page) ?? [];
    const content = JSON.parse(block) as { campaigns: Array<{ key: string }> };
    const [announcement] = content.campaigns;
    await story.template('delivery-mended');
    const survey = await get('/api/v1/surveys/why-left');
    const [campaign] = await story.app.database.query<{ id: string }>(
      `select id from campaigns where key = 'feedback'`,
    );
    const asked = { surveyId: String(survey.id), campaignId: campaign?.id ?? '', customerId: ids.get('tess') ?? '' };
    const { links } = await insertAskedMail(story.app, new Date(clock), asked);
    // The third of the choices: the delivery.
    await visit(story.app, links.survey(2), { part: 'answer', choice: 'delivery' });
    const held = { ...announcement, holdout: 0 };
    await story.app
      .request('post', '/api/v1/blueprints/apply')
      .send({ ...content, campaigns: [held] })
      .expect(200);
    await until('2026-04-14T09:00:00.000Z');
    expect(await sent('tess', 'delivery-mended')).toEqual(['mended sent 2026-04-14T08:00']);
    expect(await sent('paul', 'delivery-mended')).toEqual([]);
  });
});
