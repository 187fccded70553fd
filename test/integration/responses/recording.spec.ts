import { startTestApp, type TestApp, uniqueKey } from '../../support/app';
import { type AskedMail, insertAskedMail, insertCampaign, visit } from '../../support/asked-mails';
import { insertCustomer } from '../../support/ledger-rows';

const AT = new Date('2026-03-02T08:00:00.000Z');
const QUESTION = { it: 'Ci consiglieresti a un amico?', en: 'Would you recommend us to a friend?' };
const WHY = { it: 'Che cosa è andato storto?', en: 'What went wrong?' };
const LIKED = { it: 'Che cosa ti è piaciuto?', en: 'What did you like?' };

interface Row {
  score: string | null;
  choice: string | null;
  answers: unknown;
  scale: unknown;
  comment: string | null;
  follow_up_answer: string | null;
  locale: string;
  changes: number;
}

describe('answers to surveys', () => {
  let service: TestApp;
  let campaignId: string;
  let customerId: string;

  beforeAll(async () => {
    service = await startTestApp();
    campaignId = await insertCampaign(service, AT, uniqueKey('ask'));
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    customerId = await insertCustomer(service.database, AT, { locale: 'it' });
  });

  const survey = async (more: object = {}): Promise<{ id: string; key: string }> => {
    const body = { key: uniqueKey('nps'), kind: 'nps', question: QUESTION, ...more };
    const made = await service.request('post', '/api/v1/surveys').send(body).expect(201);
    return made.body as { id: string; key: string };
  };
  const NPS = {
    followUp: [
      { score: { op: 'lte', value: 6 }, question: WHY },
      { score: { op: 'gte', value: 9 }, question: LIKED },
    ],
  };
  const mail = async (more: object = {}, at = AT): Promise<AskedMail> =>
    insertAskedMail(service, at, { surveyId: (await survey(more)).id, campaignId, customerId });
  const rows = (messageId: string): Promise<Row[]> =>
    service.database.query<Row>(
      `select score, choice, answers, scale, comment, follow_up_answer, locale, changes from survey_responses
       where message_id = $1`,
      [messageId],
    );
  const events = (): Promise<Array<{ type: string; properties: Record<string, unknown> }>> =>
    service.database.query(
      `select type, properties from customer_events where customer_id = $1 and type like 'survey.%' order by id`,
      [customerId],
    );
  const now = async (): Promise<Date> => {
    const { body } = await service.request('get', '/api/v1/test-clock').expect(200);
    return new Date((body as { now: string }).now);
  };

  it('are recorded by sending only: whoever opens a link sees the question with its score chosen', async () => {
    const { messageId, links } = await mail(NPS);
    const page = await visit(service, links.survey(9));
    expect(page.status).toBe(200);
    expect(page.html).toContain('Ci consiglieresti a un amico?');
    expect(page.html).toContain('value="9" required checked');
    expect(page.html.match(/required checked/g)).toHaveLength(1);
    expect(page.html).not.toContain('<script');
    expect((await visit(service, links.survey(3), undefined, 'HEAD')).status).toBe(200);
    expect((await visit(service, links.survey(null))).html).not.toContain('required checked');
    expect(await rows(messageId)).toEqual([]);
    const sent = await visit(service, links.survey(9), {
      part: 'answer',
      score: '9',
      comment: '  Bello!\r\nDavvero. ',
    });
    expect(sent.status).toBe(200);
    expect(sent.html).toContain('Grazie!');
    expect(sent.html).toContain('Che cosa ti è piaciuto?');
    expect(await rows(messageId)).toEqual([
      {
        score: '9',
        choice: null,
        answers: null,
        scale: { min: 0, max: 10 },
        comment: 'Bello!\nDavvero.',
        follow_up_answer: null,
        locale: 'it',
        changes: 0,
      },
    ]);
    const [event, ...more] = await events();
    expect(more).toEqual([]);
    expect(event).toEqual({
      type: 'survey.answered',
      properties: { survey: expect.any(String), kind: 'nps', score: 9, choice: null, responseId: expect.any(String) },
    });
  });

  it('are one a message, changed by who sends again; the event of a change only where the score is another', async () => {
    const { messageId, links } = await mail(NPS);
    await visit(service, links.survey(3), { score: '3', comment: 'Late.' });
    await visit(service, links.survey(3), { part: 'follow-up', followUpAnswer: 'The parcel.' });
    await visit(service, links.survey(3), { score: '3', comment: 'Late.' });
    expect(await rows(messageId)).toMatchObject([{ score: '3', follow_up_answer: 'The parcel.', changes: 0 }]);
    await visit(service, links.survey(3), { score: '5', comment: 'A little late.' });
    expect(await rows(messageId)).toMatchObject([{ score: '5', follow_up_answer: 'The parcel.', changes: 1 }]);
    const again = await visit(service, links.survey(3));
    expect(again.html).toContain('Hai già risposto.');
    expect(again.html).toContain('value="3" required checked');
    expect((await visit(service, `${links.survey(3)}?mine=1`)).html).toContain('value="5" required checked');
    // Another question follows now: what was said to the first answers it no longer.
    await visit(service, links.survey(3), { score: '10' });
    expect(await rows(messageId)).toMatchObject([{ score: '10', comment: null, follow_up_answer: null, changes: 2 }]);
    expect((await events()).map(({ type, properties }) => [type, properties['score']])).toEqual([
      ['survey.answered', 3],
      ['survey.changed', 5],
      ['survey.changed', 10],
    ]);
  });

  it('of two at once make one row, and one first answer', async () => {
    const { messageId, links } = await mail();
    const sent = Array.from({ length: 8 }, (_, at) => visit(service, links.survey(at), { score: String(at) }));
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array(8).fill(200));
    const [row, ...others] = await rows(messageId);
    expect(others).toEqual([]);
    const types = (await events()).map(({ type }) => type);
    expect(types.filter((type) => type === 'survey.answered')).toHaveLength(1);
    const last = (await events()).at(-1)?.properties['score'];
    expect(row).toMatchObject({ score: String(last), changes: 7 });
    expect(types).toHaveLength(8);
  });

  it('may be changed for a day, and stay as they are from then on', async () => {
    const { messageId, links } = await mail(NPS, await now());
    await visit(service, links.survey(8), { score: '8' });
    await service.advance('PT23H59M');
    expect((await visit(service, links.survey(8), { score: '7' })).status).toBe(200);
    await service.advance('PT1M');
    const late = await visit(service, links.survey(8), { score: '1' });
    expect(late.status).toBe(409);
    expect(late.html).toContain('il giorno è passato');
    expect((await visit(service, links.survey(8), { part: 'follow-up', followUpAnswer: 'x' })).status).toBe(409);
    expect((await visit(service, links.survey(8))).status).toBe(200);
    expect(await rows(messageId)).toMatchObject([{ score: '7', changes: 1 }]);
  });

  it('are taken for ninety days after the mail', async () => {
    const at = await now();
    const old = await mail({}, new Date(at.getTime() - 90 * 86_400_000));
    const closed = await visit(service, old.links.survey(8), { score: '8' });
    expect([closed.status, closed.html.includes('Questo sondaggio è chiuso')]).toEqual([404, true]);
    expect((await visit(service, old.links.survey(8))).status).toBe(404);
    expect(await rows(old.messageId)).toEqual([]);
    const open = await mail({}, new Date(at.getTime() - 90 * 86_400_000 + 60_000));
    expect((await visit(service, open.links.survey(8), { score: '8' })).status).toBe(200);
  });

  it('are refused where nothing possible was chosen, with the page as it was filled in', async () => {
    const { messageId, links } = await mail();
    const forms: Array<Record<string, string>> = [
      {},
      { score: '' },
      { score: '11' },
      { score: '-1' },
      { score: '9.5' },
      { score: '09' },
      { score: '9 ' },
      { choice: 'price' },
    ];
    for (const form of forms) expect((await visit(service, links.survey(9), form)).status).toBe(422);
    const page = await visit(service, links.survey(9), { score: '11', comment: 'My words' });
    expect(page.html).toContain('Dai una risposta tra 0 e 10.');
    expect(page.html).toContain('role="alert"');
    expect(page.html).toContain('\nMy words</textarea>');
    const twice = await fetch(links.survey(9).replace('http://ritorno.test', service.url), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'score=1&score=9',
    });
    expect(twice.status).toBe(422);
    expect(await rows(messageId)).toEqual([]);
  });

  it('of a text that is too long are refused, and markup is kept as text and shown as text', async () => {
    const { messageId, links } = await mail(NPS);
    const long = await visit(service, links.survey(9), { score: '9', comment: 'x'.repeat(100_000) });
    expect(long.status).toBe(422);
    expect(long.html).toContain('al massimo 4000 caratteri');
    expect(long.html.length).toBeLessThan(20_000);
    expect(await rows(messageId)).toEqual([]);
    const markup = '<script>alert(1)</script>"\' & </textarea>\0\u0007';
    await visit(service, links.survey(9), { score: '9', comment: markup });
    expect(await rows(messageId)).toMatchObject([{ comment: '<script>alert(1)</script>"\' & </textarea>' }]);
    const shown = (await visit(service, links.survey(9))).html;
    expect(shown).not.toContain('<script>');
    expect(shown).toContain('&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39; &#38; &#60;/textarea&#62;');
    const words = await visit(service, links.survey(9), { part: 'follow-up', followUpAnswer: 'y'.repeat(100_000) });
    expect(words.status).toBe(422);
    expect((await rows(messageId))[0]?.follow_up_answer).toBeNull();
  });

  it('need a link of ours: forged, altered, of another purpose, of nothing that was sent', async () => {
    const { messageId, links } = await mail();
    const token = links.survey(9).split('/').at(-1) ?? '';
    const altered = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
    const skipped = await insertAskedMail(service, AT, {
      surveyId: (await survey()).id,
      campaignId,
      customerId,
      status: 'uncertain',
    });
    await service.database.execute(`update messages set status = 'held_out' where id = $1`, [skipped.messageId]);
    const links404 = [
      'http://ritorno.test/s/nonsense',
      `http://ritorno.test/s/${altered}`,
      `http://ritorno.test/s/${links.click(9).split('/').at(-1)}`,
      skipped.links.survey(9),
    ];
    for (const link of links404) {
      expect((await visit(service, link)).status).toBe(404);
      expect((await visit(service, link, { score: '9' })).status).toBe(404);
    }
    // A choice that the survey never offered chooses nothing.
    expect((await visit(service, links.survey(77))).html).not.toContain('required checked');
    expect(await rows(messageId)).toEqual([]);
  });

  it('prove that a mail of unknown fate had arrived, and leave no click', async () => {
    const asked = { surveyId: (await survey()).id, campaignId, customerId, status: 'uncertain' };
    const { messageId, links } = await insertAskedMail(service, await now(), asked);
    await visit(service, links.survey(9), { score: '9' });
    const [message] = await service.database.query(
      'select status, opened_at, clicked_at, sent_at is not null as sent from messages where id = $1',
      [messageId],
    );
    expect(message).toEqual({ status: 'sent', opened_at: null, clicked_at: null, sent: true });
  });

  it('of a test mail are not recorded, and the page says so', async () => {
    const { messageId, links } = await insertAskedMail(service, await now(), {
      surveyId: (await survey(NPS)).id,
      campaignId,
      customerId: null,
    });
    expect((await visit(service, links.survey(9))).html).toContain('This is a test e‑mail');
    const sent = await visit(service, links.survey(9), { score: '2' });
    expect([sent.status, sent.html.includes('What went wrong?')]).toEqual([200, true]);
    expect((await visit(service, links.survey(9), { part: 'follow-up', followUpAnswer: 'x' })).status).toBe(200);
    expect(await rows(messageId)).toEqual([]);
  });

  it('are of every kind: choices, amounts as people type them, and three at once', async () => {
    const choices = [
      { value: 'price', label: { it: 'Il prezzo', en: 'The price' } },
      { value: 'other', label: { it: 'Altro', en: 'Something else' } },
    ];
    const choice = await mail({ kind: 'choice', choices }, await now());
    expect((await visit(service, choice.links.survey(1))).html).toContain('value="other" required checked');
    expect((await visit(service, choice.links.survey(1), { choice: 'taste' })).status).toBe(422);
    await visit(service, choice.links.survey(1), { choice: 'other', comment: 'Il gusto' });
    expect(await rows(choice.messageId)).toMatchObject([{ choice: 'other', score: null, scale: null }]);

    const amount = await mail({ kind: 'number', scale: { min: 0, max: 2_000 } }, await now());
    for (const wrong of ['2000,01', '-3', 'molto', '']) {
      expect((await visit(service, amount.links.survey(null), { score: wrong })).status).toBe(422);
    }
    await visit(service, amount.links.survey(null), { score: '1.234,5 €' });
    expect(await rows(amount.messageId)).toMatchObject([
      { score: '1234.5', scale: { min: 0, max: 2_000, currency: 'EUR' } },
    ]);

    const loyalty = await mail({ kind: 'loyalty' }, await now());
    const page = await visit(service, loyalty.links.survey(9));
    expect(page.html).toContain('Quanto è probabile che compri ancora da noi?');
    expect(page.html).toContain('name="recommend" value="9" required checked');
    expect((await visit(service, loyalty.links.survey(9), { recommend: '9', buyAgain: '8' })).status).toBe(422);
    await visit(service, loyalty.links.survey(9), { recommend: '9', buyAgain: '8', tryOthers: '6' });
    const [row] = await rows(loyalty.messageId);
    expect(row).toMatchObject({ answers: { recommend: 9, buyAgain: 8, tryOthers: 6 }, scale: { min: 0, max: 10 } });
    expect(Number(row?.score)).toBeCloseTo(23 / 3, 12);
  });

  it('are listed with who gave them, searched by their words, and filtered', async () => {
    const made = await survey(NPS);
    const people = await Promise.all(
      ['anna', 'bruno', 'carla'].map((name) =>
        insertCustomer(service.database, AT, { email: `${name}@${made.key}.test` }),
      ),
    );
    const said = [
      { score: '2', comment: 'The parcel was 100% wet' },
      { score: '9', comment: '' },
      { score: '10', comment: 'Lovely PARCEL' },
    ];
    for (const [at, form] of said.entries()) {
      const asked = { surveyId: made.id, campaignId, customerId: people[at] ?? null };
      const { links } = await insertAskedMail(service, await now(), asked);
      await visit(service, links.survey(0), form);
    }
    const list = async (query: string) => {
      const { body } = await service.request('get', `/api/v1/surveys/${made.key}/responses?${query}`).expect(200);
      return body as { items: Array<{ score: number; customer: { email: string } }>; nextCursor: string | null };
    };
    const scores = async (query: string) => (await list(query)).items.map(({ score }) => score);
    expect(await scores('')).toEqual([10, 9, 2]);
    expect(await scores('search=parcel')).toEqual([10, 2]);
    expect(await scores('search=100%25')).toEqual([2]);
    expect(await scores('search=_')).toEqual([]);
    expect(await scores('minScore=9')).toEqual([10, 9]);
    expect(await scores('maxScore=6')).toEqual([2]);
    expect(await scores(`customerId=${people[1]}`)).toEqual([9]);
    const first = await list('limit=2');
    expect(await scores(`limit=2&cursor=${first.nextCursor}`)).toEqual([2]);
    expect(first.items[0]).toMatchObject({
      customer: { id: people[2], email: `carla@${made.key}.test` },
      step: 'ask',
      comment: 'Lovely PARCEL',
      kind: 'nps',
      changes: 0,
    });
    await service.request('get', `/api/v1/surveys/none/responses`).expect(404);
    await service.request('get', `/api/v1/surveys/${made.key}/responses?campaign=none`).expect(422);
  });

  it('are exported with the person; erased, the score stays and the words go, and the link answers no more', async () => {
    const { messageId, links } = await mail(NPS, await now());
    await visit(service, links.survey(2), { score: '2', comment: 'I live at number 7' });
    await visit(service, links.survey(2), { part: 'follow-up', followUpAnswer: 'My name is Anna' });
    const exported = await service.request('get', `/api/v1/customers/${customerId}/export`).expect(200);
    expect(JSON.stringify(exported.body)).toContain('My name is Anna');
    await service.request('post', `/api/v1/customers/${customerId}/erase`).expect(200);
    expect(await rows(messageId)).toMatchObject([{ score: '2', comment: null, follow_up_answer: null }]);
    expect((await visit(service, links.survey(2))).status).toBe(404);
    expect((await visit(service, links.survey(2), { score: '9', comment: 'again' })).status).toBe(404);
    expect(await rows(messageId)).toMatchObject([{ score: '2', comment: null }]);
  });
});
