import { simpleParser } from 'mailparser';
import { CampaignStory } from '../support/campaign-story';
import { visit } from '../support/asked-mails';

/** Nine in the morning in Rome, a Monday. */
const START = '2026-03-02T08:00:00.000Z';
const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';

/** As docs/templates.md tells how to ask. */
const SCORES = `<mj-text font-weight="bold">{{survey.question}}</mj-text>
  <mj-text>{{#each survey.scores as |score|}}<a href="{{score.url}}" style="display:inline-block;min-width:36px;padding:12px 2px;margin:2px;border:1px solid #8a8275;border-radius:6px;text-align:center;color:#23201c;text-decoration:none">{{score.label}}</a>{{else}}<a href="{{survey.url}}">{{survey.question}}</a>{{/each}}</mj-text>`;
const MJML = `<mjml><mj-body><mj-section><mj-column>${SCORES}
  <mj-text><a href="https://shop.test/">shop</a> <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

const NPS = {
  key: 'nps',
  kind: 'nps',
  question: { it: 'Ci consiglieresti a un amico?', en: 'Would you recommend us to a friend?' },
  followUp: [{ score: { op: 'lte', value: 6 }, question: { it: 'Che cosa è andato storto?', en: 'What went wrong?' } }],
};

describe('a survey in the mail of a campaign', () => {
  let story: CampaignStory;
  let scoreLinks: string[];

  beforeAll(async () => {
    story = await CampaignStory.open(START);
    await story.app.request('post', '/api/v1/surveys').send(NPS).expect(201);
    const locales = {
      en: { subject: 'A question', mjml: MJML },
      it: { subject: 'Una domanda', mjml: MJML },
    };
    await story.app
      .request('post', '/api/v1/templates')
      .send({ key: 'ask', name: 'Ask', defaultLocale: 'en', locales })
      .expect(201);
  });
  afterAll(() => story.close());

  const campaign = (more: object) => ({
    key: 'feedback',
    name: 'Feedback',
    purpose: 'feedback',
    trigger: { on: 'event', event: 'customer.created' },
    steps: [{ kind: 'email', key: 'ask', template: 'ask', survey: 'nps' }],
    ...more,
  });
  const answers = async (): Promise<Array<{ score: number; changes: number }>> => {
    const { body } = await story.app.request('get', '/api/v1/surveys/nps/responses').expect(200);
    return (body as { items: Array<{ score: number; changes: number }> }).items;
  };

  it('is checked when the campaign is written: it exists, and what the template wants is given', async () => {
    const post = (body: object) => story.app.request('post', '/api/v1/campaigns').send(body);
    const [step] = campaign({}).steps;
    const wrong = await post(campaign({ steps: [{ ...step, survey: 'none' }] })).expect(422);
    expect((wrong.body as { errors: unknown[] }).errors).toEqual([
      { path: 'steps[0].survey', message: 'the survey none does not exist' },
    ]);
    await post(campaign({ key: 'silent', steps: [{ kind: 'email', key: 'ask', template: 'ask' }] })).expect(201);
    const silent = await story.app.request('post', '/api/v1/campaigns/silent/activate').send({}).expect(200);
    const { warnings } = silent.body as { warnings: Array<{ path: string; message: string }> };
    expect(warnings.map(({ message }) => message).join(' ')).toContain('uses survey.question');
    await story.app.request('post', '/api/v1/campaigns/silent/archive').send({}).expect(200);
  });

  it('comes with a link for each score, in the language of the mail, that is no click link', async () => {
    const waits = { kind: 'waitFor', event: 'survey.answered', within: 'P7D' };
    const steps = [
      ...campaign({}).steps,
      { ...waits, then: [{ kind: 'tag', add: ['answered'] }], else: [{ kind: 'tag', add: ['silent'] }] },
    ];
    const { warnings } = await story.campaign(campaign({ steps }));
    expect(warnings).toEqual([]);
    await story.campaign(
      campaign({
        key: 'after-an-answer',
        trigger: { on: 'event', event: 'survey.answered' },
        steps: [{ kind: 'tag', add: ['heard'] }],
      }),
    );
    await story.customer('anna', { locale: 'it-IT' });
    await story.until('PT1M');
    const mail = await simpleParser(story.sink.to('anna@example.com').at(-1)?.octets ?? '');
    expect(mail.subject).toBe('Una domanda');
    const html = mail.html || '';
    expect(html).toContain('Ci consiglieresti a un amico?');
    scoreLinks = [...html.matchAll(/href="(http:\/\/ritorno\.test\/s\/[^"]+)"[^>]*>(\d+)</g)].map(
      ([, url = '']) => url,
    );
    expect(new Set(scoreLinks).size).toBe(11);
    // The shop's, and the one for machines.
    expect(html.match(/ritorno\.test\/t\/c\//g)).toHaveLength(2);
    expect(mail.text).toContain(scoreLinks[7]);
    for (const link of scoreLinks)
      expect(Buffer.from(link.split('/').at(-1) ?? '', 'base64url').toString()).not.toMatch(/anna/);
  });

  it('is not answered by a scanner that asks for every link, by GET and by HEAD', async () => {
    for (const link of scoreLinks) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await fetch(link.replace('http://ritorno.test', story.app.url), {
          method,
          headers: { 'user-agent': GOOGLEBOT },
        });
        expect(answer.status).toBe(200);
      }
    }
    await story.until('P1D');
    expect(await answers()).toEqual([]);
    expect(await story.tagsOf('anna')).toEqual([]);
  });

  it('is answered by the person, whom the answer moves on; changed within a day; and stays from then on', async () => {
    const [, , , three = '', , , , , eight = ''] = scoreLinks;
    const page = await visit(story.app, three);
    expect(page.html).toContain('value="3" required checked');
    const thanks = await visit(story.app, three, { part: 'answer', score: '3', comment: 'Il pacco era bagnato.' });
    expect(thanks.html).toContain('Che cosa è andato storto?');
    await story.until('PT1M');
    expect(await story.tagsOf('anna')).toEqual(['answered', 'heard']);
    await visit(story.app, eight, { part: 'answer', score: '8', comment: 'Me lo avete rimandato.' });
    expect(await answers()).toMatchObject([{ score: 8, changes: 1, campaign: 'feedback', step: 'ask' }]);
    await story.until('P1D');
    expect((await visit(story.app, three, { part: 'answer', score: '0' })).status).toBe(409);
    expect(await answers()).toMatchObject([{ score: 8, changes: 1, comment: 'Me lo avete rimandato.' }]);
  });

  it('asks nobody of the control group', async () => {
    await story.campaign(
      campaign({ key: 'halved', holdout: 0.5, trigger: { on: 'event', event: 'halved' }, basis: 'consent' }),
    );
    const { body: clock } = await story.app.request('get', '/api/v1/test-clock').expect(200);
    const { now: occurredAt } = clock as { now: string };
    const consent = { status: 'subscribed', source: 'checkout', at: occurredAt };
    const events = Array.from({ length: 12 }, (_, at) => at).flatMap((at) => {
      const [externalId, email] = [`p${at}`, `p${at}@example.com`];
      return [
        { id: `c${at}`, type: 'customer.created', occurredAt, data: { externalId, email, consent } },
        { id: `h${at}`, type: 'halved', occurredAt, data: { customer: { externalId } } },
      ];
    });
    await story.app.request('post', '/api/v1/events').send(events).expect(202);
    await story.until('PT1M');
    const rows = await story.app.database.query<{ status: string; asks: boolean }>(
      `select distinct m.status, m.survey_id is not null as asks from messages m join campaigns c on c.id = m.campaign_id
       where c.key = 'halved' order by m.status`,
    );
    expect(rows).toEqual([
      { status: 'held_out', asks: false },
      { status: 'sent', asks: true },
    ]);
  });

  it('shows in a preview, and in a test mail whose links record nothing', async () => {
    const preview = await story.app
      .request('post', '/api/v1/templates/ask/preview')
      .send({ survey: 'nps', locale: 'it' })
      .expect(200);
    const { html, warnings } = preview.body as { html: string; warnings: string[] };
    expect(html).toContain('href="#survey-10"');
    expect(warnings).toEqual([]);
    const bare = await story.app.request('post', '/api/v1/templates/ask/preview').send({}).expect(200);
    expect((bare.body as { warnings: string[] }).warnings.join()).toContain('survey.question');
    await story.app.request('post', '/api/v1/templates/ask/preview').send({ survey: 'none' }).expect(422);

    const send = { to: 'marketer@example.com', survey: 'nps' };
    await story.app.request('post', '/api/v1/templates/ask/test-send').send(send).expect(202);
    await story.until('PT1M');
    const mail = await simpleParser(story.sink.to('marketer@example.com').at(-1)?.octets ?? '');
    const [, link = ''] = /href="(http:\/\/ritorno\.test\/s\/[^"]+)"/.exec(mail.html || '') ?? [];
    expect((await visit(story.app, link)).html).toContain('This is a test e‑mail');
    expect((await visit(story.app, link, { part: 'answer', score: '1' })).status).toBe(200);
    expect(await answers()).toHaveLength(1);
  });

  it('cannot be deleted while it is asked, is archived once it was, and comes back when it is written again', async () => {
    const request = story.app.request.bind(story.app);
    const refused = await request('delete', '/api/v1/surveys/nps').expect(409);
    expect((refused.body as { detail: string }).detail).toContain('campaign feedback');
    for (const key of ['feedback', 'halved'])
      await request('post', `/api/v1/campaigns/${key}/archive`).send({}).expect(200);
    await request('delete', '/api/v1/surveys/nps').expect(204);
    const gone = await request('get', '/api/v1/surveys/nps').expect(200);
    expect((gone.body as { archivedAt: string | null }).archivedAt).not.toBeNull();
    await request('post', '/api/v1/campaigns')
      .send(campaign({ key: 'later' }))
      .expect(422);
    expect(await answers()).toHaveLength(1);
    const etag = String(gone.headers['etag']);
    await request('put', '/api/v1/surveys/nps').set('if-match', '"99"').send(NPS).expect(412);
    await request('put', '/api/v1/surveys/nps')
      .send({ ...NPS, kind: 'csat' })
      .expect(422);
    const back = await request('put', '/api/v1/surveys/nps').set('if-match', etag).send(NPS).expect(200);
    expect(back.body).toMatchObject({ archivedAt: null, version: 2 });
    await request('post', '/api/v1/surveys').send(NPS).expect(409);
    await request('post', '/api/v1/surveys')
      .send({ ...NPS, key: 'unasked' })
      .expect(201);
    await request('delete', '/api/v1/surveys/unasked').expect(204);
    await request('get', '/api/v1/surveys/unasked').expect(404);
  });
});
