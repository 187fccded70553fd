import { simpleParser } from 'mailparser';
import { type Envelope } from '../../../src/webhooks/domain/envelope';
import { COMMON_FIELDS, EVENT_TYPES, type EventTypeName } from '../../../src/webhooks/domain/event-types';
import { visit } from '../../support/asked-mails';
import { CampaignStory } from '../../support/campaign-story';
import { givenEndpoint, heard, type MadeEndpoint } from '../../support/endpoints';
import { type HookSink, startHookSink } from '../../support/hook-sink';

const START = '2026-03-02T08:00:00.000Z';
const GUEST = 'max@example.com';
const KNOWN = 'max@shop.example';

/** Told in other stories: mails that come back or fail, what people do with mails, who leaves. */
const ELSEWHERE: readonly string[] = [
  ...['customer.unsubscribed', 'enrollment.exited', 'message.bounced', 'message.complained', 'message.failed'],
  ...['message.skipped', 'message.opened', 'message.clicked'],
  ...['sending_domain.paused', 'sending_domain.resumed'],
];

describe('two records of one person, with a coupon, an answer and points each', () => {
  let story: CampaignStory;
  let receiver: HookSink;
  let endpoint: MadeEndpoint;
  let guestId: string;
  let knownId: string;

  const api = async <T>(method: 'get' | 'post' | 'put', path: string, status: number, body?: object): Promise<T> => {
    const call = story.app.request(method, `/api/v1/${path}`);
    const answer = await (body ? call.send(body) : call);
    expect([answer.status, answer.body]).toEqual([status, expect.anything()]);
    return answer.body as T;
  };
  const items = async (path: string): Promise<Array<Record<string, unknown>>> =>
    (await api<{ items: Array<Record<string, unknown>> }>('get', path, 200)).items;
  const order = (id: string, customer: object, total: string, more: object = {}): Promise<void> =>
    story.tell('order.placed', {
      ...{ externalId: id, customer, placedAt: START, currency: 'EUR', total, lines: [] },
      ...more,
    });
  const wants = (event: string, customer: object): Promise<void> => story.tell(event, { customer });
  const answer = async (address: string, score: number): Promise<void> => {
    const mails = await Promise.all(story.sink.to(address).map(({ octets }) => simpleParser(octets)));
    const asking = mails.find(({ subject }) => subject === 'ask');
    const link = new RegExp(`"([^"]*/s/[^"]+)">${score}<`).exec(asking?.html || '')?.[1] ?? '';
    expect((await visit(story.app, link, { score: String(score), comment: `${score}!` })).status).toBe(200);
    await story.until('PT1M');
  };
  const told = (): Envelope[] => heard(receiver, endpoint.secret);
  const dataOf = (type: EventTypeName): unknown[] =>
    told().flatMap((event) => (event.type === type ? [event.data] : []));

  beforeAll(async () => {
    receiver = await startHookSink();
    story = await CampaignStory.open(
      START,
      { WEBHOOKS_TO_LOOPBACK: 'allow' },
      { onMail: ({ to }) => (to.includes('una@example.com') ? { do: 'drop' } : undefined) },
    );
    const texts = {
      gift: '{{coupon.code}}',
      ask: '{{#each survey.scores}}<a href="{{url}}">{{value}}</a> {{/each}}',
    };
    for (const [key, text] of Object.entries(texts)) {
      const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>${text} <a href="{{links.unsubscribe}}">x</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
      const locales = { en: { subject: key, mjml } };
      await api('post', 'templates', 201, { key, name: key, defaultLocale: 'en', locales });
    }
    await api('put', 'settings/loyalty', 200, {
      points: { perCurrencyUnit: 1 },
      tiers: [{ key: 'silver', name: 'Silver', atYearlyRevenue: '50.00' }],
      referral: { url: 'https://shop.test/?ref={code}', rewardPoints: { referrer: 100, referred: 50 } },
    });
    await api('post', 'coupon-pools', 201, {
      ...{ key: 'gift', codes: ['G-1', 'G-2', 'G-3'], discount: { kind: 'percent', value: 10 } },
      ...{ expiresAfter: 'P10D', remindBefore: 'P3D', whenExhausted: 'skip' },
    });
    await api('post', 'surveys', 201, { key: 'nps', kind: 'nps', question: { en: 'Would you recommend us?' } });
    const keen = { survey: 'nps', score: { op: 'gte', value: 9 } };
    await api('post', 'segments', 201, { key: 'keen', name: 'Keen', condition: keen });
    const rest = { basis: 'soft_opt_in', entry: { limit: 'unlimited' } };
    const mail = (key: string, more: object) => [{ kind: 'email', key, template: key, ...more }];
    const on = (event: string): object => ({ on: 'event', event });
    await story.campaign({
      ...{ key: 'give', name: 'Give', trigger: on('gift.wanted'), ...rest },
      ...{ steps: mail('gift', { coupon: 'gift' }) },
    });
    await story.campaign({
      ...{ key: 'ask', name: 'Ask', trigger: on('ask.wanted'), ...rest },
      ...{ steps: mail('ask', { survey: 'nps' }) },
    });
    for (const when of ['enters', 'leaves']) {
      const steps = [{ kind: 'tag', add: [when] }];
      const trigger = { on: 'segment', segment: 'keen', when };
      await story.campaign({ key: `keen-${when}`, name: when, trigger, ...rest, steps } as { key: string });
    }
    endpoint = await givenEndpoint(story.app, `${receiver.url}/`, ['*']);
  });
  afterAll(async () => {
    await story.close();
    await receiver.close();
  });

  it('each has its own', async () => {
    await order('g1', { email: GUEST }, '20.00');
    await story.customer('max', { email: KNOWN });
    await order('m1', { externalId: 'max' }, '45.00');
    guestId = String((await items(`customers?email=${GUEST}`))[0]?.id);
    knownId = await story.idOf('max');
    for (const customer of [{ email: GUEST }, { externalId: 'max' }]) {
      await wants('gift.wanted', customer);
      await wants('ask.wanted', customer);
    }
    await answer(GUEST, 3);
    await answer(KNOWN, 9);
    const held = await items('coupon-pools/gift/coupons?status=allocated');
    expect(held.map(({ customerId }) => customerId)).toEqual([guestId, knownId]);
    expect(await api('get', `customers/${guestId}/points`, 200)).toMatchObject({ balance: 20, tier: null });
    expect(await api('get', `customers/${knownId}/points`, 200)).toMatchObject({ balance: 45, tier: null });
    expect((await items('segments/keen/members')).map(({ id }) => id)).toEqual([knownId]);
  });

  it('the one that stays has all of it: codes, answers of which the last counts, points and the tier of both', async () => {
    await story.tell('customer.updated', { externalId: 'max', email: GUEST });
    expect(await story.idOf('max')).toBe(guestId);
    const held = await items('coupon-pools/gift/coupons?status=allocated');
    expect(held.map(({ customerId }) => customerId)).toEqual([guestId, guestId]);
    expect(await items(`surveys/nps/responses?customerId=${guestId}`)).toMatchObject([{ score: 9 }, { score: 3 }]);
    expect((await items('segments/keen/members')).map(({ id }) => id)).toEqual([guestId]);
    expect(await api('get', `customers/${guestId}/points`, 200)).toMatchObject({ balance: 65, tier: 'silver' });
    const report = await api<object>('get', 'reports/surveys/nps?from=2026-03-01&to=2026-04-01', 200);
    expect(report).toMatchObject({ responses: 1, score: 100, delivered: 2, answered: 2 });
    // The code that the other record was given is theirs as well.
    await order('m2', { externalId: 'max' }, '27.00', { discount: '3.00', couponCodes: [String(held[1]?.code)] });
    expect(await items('coupon-pools/gift/coupons?status=redeemed')).toMatchObject([
      { customerId: guestId, redeemedBy: guestId, redeemedByOther: false, cost: '3.00' },
    ]);
    const kept = await api<Record<string, unknown[]>>('get', `customers/${guestId}/export`, 200);
    expect([kept.coupons, kept.surveyAnswers].map((rows) => rows?.length)).toEqual([2, 2]);
  });

  it('every event of it is told, of the one that stays, with exactly the fields that are promised', async () => {
    await answer(KNOWN, 2);
    await story.customer('fay');
    const { code } = await api<{ code: string }>('get', `customers/${guestId}/referral`, 200);
    await order('f1', { externalId: 'fay' }, '60.00', { couponCodes: [code] });
    await story.customer('una');
    await wants('gift.wanted', { externalId: 'una' });
    await story.customer('nora', { consent: { status: 'none' } });
    await wants('gift.wanted', { externalId: 'nora' });
    await story.until('P8D');
    await story.tell('customer.deleted', { externalId: 'fay' });
    await story.app.request('post', `/api/v1/customers/${guestId}/erase`).expect(200);
    await story.until('PT1H');

    const types = Object.keys(EVENT_TYPES).filter((type) => !ELSEWHERE.includes(type));
    expect([...new Set(told().map(({ type }) => type))].sort()).toEqual(types.sort());
    for (const { type, data } of told()) {
      const fields = { ...COMMON_FIELDS, ...EVENT_TYPES[type as EventTypeName].data };
      expect([type, Object.keys(data).sort()]).toEqual([type, Object.keys(fields).sort()]);
    }
    const max = { customerId: guestId, externalId: 'max' };
    expect(dataOf('customer.merged')).toEqual([{ ...max, mergedCustomerId: knownId }]);
    expect(dataOf('survey.changed')).toMatchObject([{ ...max, survey: 'nps', score: 2, choice: null }]);
    expect(dataOf('segment.left')).toContainEqual({ ...max, segment: 'keen', cause: 'event', orderId: null });
    expect(dataOf('referral.rewarded')).toMatchObject([
      { ...max, role: 'referrer', code, points: 100 },
      { externalId: 'fay', role: 'referred', code, points: 50 },
    ]);
    expect(dataOf('tier.changed')).toMatchObject([{ externalId: 'fay', from: null, to: 'silver' }]);
    expect(dataOf('message.uncertain')).toMatchObject([{ externalId: 'una', campaign: 'give', step: 'gift' }]);
    expect(dataOf('enrollment.refused')).toMatchObject([{ externalId: 'nora', reason: 'no_consent' }]);
    expect(dataOf('coupon.expiring')).toContainEqual(expect.objectContaining({ ...max, pool: 'gift' }));
    expect(dataOf('customer.erased')).toEqual([{ customerId: guestId, externalId: null }]);
    const codes = (await items('coupon-pools/gift/coupons')).filter(({ customerId }) => customerId === guestId);
    expect(codes.every(({ code: left }) => String(left).startsWith('erased-'))).toBe(true);
  });
});
