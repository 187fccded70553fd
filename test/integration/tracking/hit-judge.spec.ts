import { HIDDEN_LINK } from '../../../src/messages/hidden-link';
import { LinkTokens } from '../../../src/messages/link-tokens';
import { RULE_VERSION } from '../../../src/tracking/domain/classify-hit';
import { startTestApp, type TestApp } from '../../support/app';
import { MeasuredFacts } from '../../support/measured-facts';
import { insertCustomer, insertSentMessage } from '../../support/ledger-rows';

const AT = new Date('2026-03-02T08:00:00.000Z');
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service?.close());

async function mailTo(address: string, links: string[]): Promise<string> {
  const customerId = await insertCustomer(service.database, AT, { email: address });
  const id = await insertSentMessage(service.database, AT, customerId, { links });
  await service.database.execute('update messages set recipient = $2 where id = $1', [id, address]);
  return id;
}
const get = async (url: string) =>
  fetch(url.replace('http://ritorno.test', service.url), {
    redirect: 'manual',
    headers: { 'user-agent': CHROME },
  });
const linksOf = (id: string) => service.app.get(LinkTokens).of(id);
const marks = async (id: string) =>
  (
    await service.database.query<Record<string, Date | null>>(
      'select opened_at, clicked_at, machine_opened_at, machine_clicked_at from messages where id = $1',
      [id],
    )
  )[0];
const verdicts = async (id: string) =>
  (
    await service.database.query<{ verdict: string }>(
      `select kind || ' ' || coalesce(rule, 'person') || ' ' || rule_version as verdict from hits where message_id = $1
       order by at, id`,
      [id],
    )
  ).map(({ verdict }) => verdict);
let now = AT.getTime();
const wait = async (ms: number) => {
  now += ms;
  await service.advance(new Date(now).toISOString());
};

describe('hits judged once more', () => {
  it('a scanner that takes all links is found out by the last one, and what was counted is taken back', async () => {
    const id = await mailTo('anna@corp.test', ['https://shop.test/a', 'https://shop.test/b']);
    await wait(60_000);
    expect((await get(linksOf(id).open)).status).toBe(200);
    await get(linksOf(id).click(0));
    expect((await marks(id))?.['clicked_at']).toBeInstanceOf(Date);
    await wait(1_000);
    await get(linksOf(id).click(1));
    await wait(1_000);
    expect(await verdicts(id)).toEqual(['open', 'click', 'click'].map((kind) => `${kind} all_links ${RULE_VERSION}`));
    expect(await marks(id)).toMatchObject({ opened_at: null, clicked_at: null });
    expect((await marks(id))?.['machine_clicked_at']).toEqual(new Date(now - 2_000));
    // A person comes after the machine.
    await wait(600_000);
    await get(linksOf(id).click(0));
    await wait(1_000);
    expect((await marks(id))?.['clicked_at']).toEqual(new Date(now - 1_000));
  });

  it('the hidden link leads to the shop, and tells on the one who follows it', async () => {
    const id = await mailTo('bea@corp.test', ['https://shop.test/a', 'https://shop.test/b', 'https://shop.test/c']);
    expect(linksOf(id).hidden).toBe(linksOf(id).click(HIDDEN_LINK, 'http://ritorno.test'));
    await get(linksOf(id).click(1));
    expect((await get(linksOf(id).hidden)).headers.get('location')).toBe('http://ritorno.test');
    await wait(1_000);
    expect(await verdicts(id)).toEqual(Array(2).fill(`click hidden_link ${RULE_VERSION}`));
    expect(await marks(id)).toMatchObject({ clicked_at: null });
  });

  it('mails of one domain that are looked into at once find each other', async () => {
    const ids = await Promise.all(
      ['c', 'd', 'e'].map((name) =>
        mailTo(`${name}@office.test`, ['https://shop.test/a', 'https://shop.test/b', 'https://shop.test/c']),
      ),
    );
    await wait(60_000);
    for (const [n, id] of ids.entries()) {
      await get(linksOf(id).click(n % 2));
      await wait(500);
    }
    for (const id of ids) {
      expect(await verdicts(id)).toEqual([`click domain_burst ${RULE_VERSION}`]);
      expect(await marks(id)).toMatchObject({ clicked_at: null });
    }
  });

  it('old hits are judged by the rules of now when somebody asks for it; nobody else may', async () => {
    const id = await mailTo('flo@corp.test', ['https://shop.test/a']);
    await wait(60_000);
    await get(linksOf(id).click(0));
    await wait(1_000);
    await service.database.execute(
      `update hits set user_agent = 'curl/8.14.1', rule_version = 1 where message_id = $1`,
      [id],
    );
    await service.request('get', '/api/v1/hits/judge').expect(404);
    await service.request('post', '/api/v1/hits/judge', null).send({}).expect(401);
    await service.request('post', '/api/v1/hits/judge').send({ since: 'long ago' }).expect(422);
    const begun = await service.request('post', '/api/v1/hits/judge').send({}).expect(202);
    expect(begun.body).toMatchObject({ version: RULE_VERSION, status: 'running' });
    await wait(1_000);
    expect((await service.request('get', '/api/v1/hits/judge').expect(200)).body).toMatchObject({
      status: 'completed',
      changed: 1,
    });
    expect(await verdicts(id)).toEqual([`click crawler ${RULE_VERSION}`]);
    expect(await marks(id)).toMatchObject({ clicked_at: null });
  });

  it('what turns out to be a machine is taken back everywhere: marks, segments, and the credit of orders since', async () => {
    const facts = new MeasuredFacts(service.database);
    const [customer, campaign] = [await facts.customer(), await facts.campaign('credited', {})];
    const enrollment = await facts.enrollment({ customer, campaign, enteredAt: new Date(now).toISOString() });
    const mail = async (step: string): Promise<string> => {
      const id = await facts.message({ customer, campaign, enrollment, step, dueAt: new Date(now).toISOString() });
      await service.database.execute(
        `insert into message_contents (message_id, variables, links) values ($1, '{}', $2)`,
        [id, ['https://shop.test/a', 'https://shop.test/b']],
      );
      return id;
    };
    const [early, late] = [await mail('one'), await mail('two')];
    const when = { field: 'engagement.lastClickedAt', op: 'withinLast', value: 'PT30M' };
    await service.request('post', '/api/v1/segments').send({ key: 'clicked', name: 'c', condition: when }).expect(201);
    await wait(3_600_000);
    await get(linksOf(early).click(0));
    await wait(3_600_000);
    await get(linksOf(late).click(0));
    await wait(60_000);
    const order = await facts.order({ customer, placedAt: new Date(now).toISOString(), total: 4_990 });
    await wait(600_000);
    const credits = () =>
      service.database.query(
        `select message_id as "messageId", kind, amount_minor as amount from credits
         where order_id = $1 and model = 'last_click' order by id`,
        [order],
      );
    const members = () =>
      service.database.query(
        `select m.customer_id from segment_members m join segments s on s.id = m.segment_id
         where s.key = 'clicked' and m.customer_id = $1`,
        [customer],
      );
    const first = { messageId: late, kind: 'credit', amount: 4_990 };
    expect(await credits()).toEqual([first]);
    expect(await members()).toHaveLength(1);
    await service.database.execute(`update hits set user_agent = 'curl/8.14.1' where message_id = $1`, [late]);
    await service.request('post', '/api/v1/hits/judge').send({}).expect(202);
    await wait(1_000);
    expect(await marks(late)).toMatchObject({ clicked_at: null });
    // The ledger is only added to: what was credited stands, and is taken back.
    expect(await credits()).toEqual([
      first,
      { messageId: late, kind: 'reversal', amount: -4_990 },
      { messageId: early, kind: 'credit', amount: 4_990 },
    ]);
    expect(await members()).toHaveLength(0);
  });
});
