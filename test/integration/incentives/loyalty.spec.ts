import { startTestApp, type TestApp } from '../../support/app';
import { LoyaltyStory, type ShownPoints } from '../../support/loyalty-story';

let app: TestApp;
let story: LoyaltyStory;

beforeAll(async () => {
  app = await startTestApp({ clock: '2026-03-02T08:00:00.000Z' });
  story = new LoyaltyStory(app);
  await setting({
    points: { perCurrencyUnit: 1, expireAfter: 'P90D' },
    tiers: [
      { key: 'silver', name: 'Silver', atYearlyRevenue: '50.00' },
      { key: 'gold', name: 'Gold', atYearlyRevenue: '200.00' },
    ],
    referral: { url: 'https://shop.test/?ref={code}', rewardPoints: { referrer: 100, referred: 50 } },
    validFrom: '2026-02-01T00:00:00.000Z',
  });
});
afterAll(() => app.close());

const NOW = '2026-03-02T08:00:00.000Z';
const ago = (days: number): string => new Date(Date.parse(NOW) - days * 86_400_000).toISOString();

const setting = (body: object) => story.setting(body);
const settle = () => story.settle();
const idOf = (who: string) => story.idOf(who);
const points = (who: string) => story.points(who);
const feed = (who: string, body: Record<string, unknown>) => story.feed(who, body);
const refund = (order: string, amount: string) => story.refund(order, amount, NOW);

describe('points', () => {
  it('are earned by orders, taken back by refunds in proportion, and by a cancel altogether', async () => {
    await story.order('e1', 'eve', ago(3), { total: '80.90' });
    await settle();
    expect(await points('eve')).toMatchObject({ balance: 80, owed: 0, tier: 'silver' });
    await refund('e1', '40.50');
    await settle();
    expect(await points('eve')).toMatchObject({ balance: 40, tier: null });
    await story.told({
      type: 'order.cancelled',
      occurredAt: NOW,
      data: {
        externalId: 'e1',
        customer: { externalId: 'eve' },
        placedAt: ago(3),
        currency: 'EUR',
        total: '80.90',
        lines: [],
      },
    });
    await settle();
    const { entries, ...shown } = await points('eve');
    expect(shown).toMatchObject({ balance: 0, owed: 0 });
    expect(entries.items.reduce((sum, { delta }) => sum + delta, 0)).toBe(0);
    expect(entries.items.filter(({ kind }) => kind === 'earned').map(({ delta }) => delta)).toEqual([80]);
  });

  it('orders from before validFrom earn none, late ones from after it do', async () => {
    await story.order('old1', 'old', ago(40));
    await story.order('old2', 'old', ago(20));
    await settle();
    expect((await points('old')).balance).toBe(30);
  });

  it('a refund of an order whose points are spent: what is missing is owed, and the next points pay it', async () => {
    await story.order('s1', 'sam', ago(2), { total: '100.00' });
    await settle();
    expect((await feed('sam', { delta: -90, reason: 'a mug', id: 'mug' })).status).toBe(201);
    await refund('s1', '100.00');
    await settle();
    expect(await points('sam')).toMatchObject({ balance: 0, owed: 90 });
    const refused = await feed('sam', { delta: -1, reason: 'more', id: 'more' });
    expect(refused.status).toBe(409);
    await story.order('s2', 'sam', NOW, { total: '120.00' });
    await settle();
    expect(await points('sam')).toMatchObject({ balance: 30, owed: 0 });
    const found = await app.request('get', `/api/v1/customers/${await idOf('sam')}`).expect(200);
    expect(found.body).toMatchObject({ points: 30, tier: 'silver' });
  });

  it('the shop feeds and spends once for each id; negative and crooked input has its answer', async () => {
    await story.customer('fay', NOW);
    await settle();
    const first = await feed('fay', { delta: 50, reason: 'birthday', id: 'b1' });
    expect(first.status).toBe(201);
    const again = await feed('fay', { delta: 50, reason: 'birthday', id: 'b1' });
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ balance: 50, repeated: true, entry: { delta: 50, kind: 'fed' } });
    expect((await feed('fay', { delta: 60, reason: 'birthday', id: 'b1' })).status).toBe(409);
    expect((await feed('fay', { delta: -51, reason: 'too much', id: 'b2' })).status).toBe(409);
    expect((await feed('fay', { delta: -20, reason: 'slip', id: 'b3', kind: 'adjusted' })).status).toBe(201);
    for (const wrong of [
      { delta: 0 },
      { delta: 1.5 },
      { delta: '5' },
      { delta: 1e12 },
      { id: 'a b' },
      { reason: '' },
      { kind: 'fed' },
    ]) {
      expect((await feed('fay', { delta: 5, reason: 'x', id: 'w', ...wrong })).status).toBe(422);
    }
    expect(
      (await app.request('post', '/api/v1/customers/nobody/points').send({ delta: 1, reason: 'x', id: 'n' })).status,
    ).toBe(404);
    expect((await points('fay')).balance).toBe(30);
  });

  it('two spends at once cannot take the same points', async () => {
    await story.customer('ida', NOW);
    await settle();
    await feed('ida', { delta: 100, reason: 'gift', id: 'i0' });
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => feed('ida', { delta: -30, reason: 'race', id: `race${i}` })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(3);
    expect((await points('ida')).balance).toBe(10);
  });

  it('the ledger is paged, the newest first', async () => {
    const id = await idOf('ida');
    const first = (await app.request('get', `/api/v1/customers/${id}/points?limit=3`).expect(200)).body as ShownPoints;
    expect(first.entries.items).toHaveLength(3);
    const cursor = first.entries.nextCursor ?? '';
    const rest = (await app.request('get', `/api/v1/customers/${id}/points?limit=3&cursor=${cursor}`).expect(200))
      .body as ShownPoints;
    expect(rest.entries.items).toHaveLength(1);
    await app.request('get', `/api/v1/customers/${id}/points?cursor=junk`).expect(422);
  });
});

describe('referrals', () => {
  interface Referral {
    code: string;
    url: string;
    referred: number;
    earned: number;
  }
  const referral = async (who: string): Promise<Referral> =>
    (await app.request('get', `/api/v1/customers/${await idOf(who)}/referral`).expect(200)).body as Referral;
  const status = async (who: string): Promise<unknown> => {
    const rows = await app.database.query<{ status: string; reason: string | null }>(
      `select r.status, r.reason from referrals r join customers c on c.id = r.customer_id where c.external_id = $1`,
      [who],
    );
    return rows[0]?.reason ?? rows[0]?.status;
  };
  const rewards = (who: string) =>
    app.database.query<{ role: string; starts: boolean }>(
      `select e.properties ->> 'role' as role, e.starts from customer_events e join customers c on c.id = e.customer_id
       where e.type = 'referral.rewarded' and c.external_id = $1 order by 1`,
      [who],
    );

  it('the first order with the code rewards both, once; a second order and a repetition nothing more', async () => {
    await story.customer('ron', NOW);
    await settle();
    const { code, url } = await referral('ron');
    expect(url).toBe(`https://shop.test/?ref=${code}`);
    expect((await referral('ron')).code).toBe(code);
    await story.order('n1', 'nia', NOW, { total: '30.00', couponCodes: ['OTHER', code.toLowerCase()] });
    await settle();
    await story.order('n2', 'nia', NOW, { total: '30.00', couponCodes: [code] });
    await settle();
    expect((await points('ron')).balance).toBe(100);
    expect((await points('nia')).balance).toBe(110);
    expect(await referral('ron')).toMatchObject({ referred: 1, earned: 100 });
    expect(await rewards('ron')).toEqual([{ role: 'referrer', starts: true }]);
    expect(await rewards('nia')).toEqual([{ role: 'referred', starts: true }]);
  });

  it('a full refund of the first order takes the reward back', async () => {
    await refund('n1', '30.00');
    await settle();
    expect((await points('ron')).balance).toBe(0);
    expect((await points('nia')).balance).toBe(30);
    expect(await referral('ron')).toMatchObject({ referred: 0, earned: 0 });
    expect(await rewards('ron')).toHaveLength(1);
  });

  it('nobody refers themselves: the same person, the same mailbox, a record merged later', async () => {
    const { code } = await referral('ron');
    await story.order('r1', 'ron', NOW, { couponCodes: [code] });
    const twin = { externalId: 'ron2', email: 'ron+2@example.com' };
    await story.order('r2', 'ron2', NOW, { couponCodes: [code], customer: twin });
    await settle();
    expect(await status('ron')).toBe('self_referral');
    expect(await status('ron2')).toBe('same_address');

    // Two records without a common address are two people until the shop says otherwise.
    const { code: other } = await referral('fay');
    const guest = { email: 'guest@elsewhere.test' };
    await story.told({
      type: 'order.placed',
      occurredAt: NOW,
      data: {
        externalId: 'g1',
        customer: guest,
        placedAt: NOW,
        currency: 'EUR',
        total: '10.00',
        couponCodes: [other],
        lines: [],
      },
    });
    await settle();
    expect((await points('fay')).balance).toBe(130);
    await story.told({
      type: 'customer.updated',
      occurredAt: NOW,
      data: { externalId: 'fay', email: 'guest@elsewhere.test' },
    });
    await settle();
    expect(await points('fay')).toMatchObject({ balance: 40 });
    expect(await status('fay')).toBe('self_referral');
  });

  it('a claim before the order stands for the code', async () => {
    const { code } = await referral('ida');
    const who = { externalId: 'kim', email: 'kim@example.com' };
    await story.told({ type: 'referral.claimed', occurredAt: ago(1), data: { customer: who, properties: { code } } });
    await story.order('k1', 'kim', NOW, { total: '10.00' });
    await settle();
    expect(await status('kim')).toBe('rewarded');
    expect((await points('kim')).balance).toBe(60);
  });

  it('the code of an erased person brings nothing, and what it has brought stays', async () => {
    const { code } = await referral('ida');
    const before = (await points('kim')).balance;
    await app.request('post', `/api/v1/customers/${await idOf('ida')}/erase`).expect(200);
    await story.order('l1', 'lea', NOW, { total: '10.00', couponCodes: [code] });
    await story.order('k2', 'kim', NOW, { total: '10.00' });
    await settle();
    expect(await status('lea')).toBeUndefined();
    expect((await points('lea')).balance).toBe(10);
    expect((await points('kim')).balance).toBe(before + 10);
  });
});

describe('what follows from points and tiers', () => {
  it('imported and late orders earn too, and move tiers without starting anything', async () => {
    const { body } = await app.request('post', '/api/v1/imports').send({ kind: 'orders', format: 'csv' }).expect(201);
    const columns =
      'orderExternalId,customerExternalId,email,placedAt,currency,total,productExternalId,quantity,unitPrice';
    await app
      .request('put', `/api/v1/imports/${(body as { id: string }).id}/content`)
      .set('content-type', 'text/csv')
      .send(`${columns}\ni1,imp,imp@example.com,${ago(10)},EUR,60.00,moka,1,60.00\n`);
    await story.order('late1', 'lateone', ago(10), { total: '60.00' });
    await story.order('now1', 'nowone', NOW, { total: '60.00' });
    await settle();
    for (const who of ['imp', 'lateone', 'nowone']) {
      expect(await points(who)).toMatchObject({ balance: 60, tier: 'silver' });
    }
    const told = await app.database.query(
      `select c.external_id as who, e.starts, e.properties from customer_events e join customers c on c.id = e.customer_id
       where e.type = 'tier.changed' and c.external_id in ('imp', 'lateone', 'nowone') order by 1`,
    );
    expect(told).toEqual([
      { who: 'lateone', starts: false, properties: { from: null, to: 'silver' } },
      { who: 'nowone', starts: true, properties: { from: null, to: 'silver' } },
    ]);
  });

  it('points of two records that become one add up, with their entries and codes', async () => {
    await story.told({
      type: 'order.placed',
      occurredAt: NOW,
      data: {
        externalId: 'm1',
        customer: { email: 'max@example.com' },
        placedAt: NOW,
        currency: 'EUR',
        total: '20.00',
        lines: [],
      },
    });
    await story.told({
      type: 'order.placed',
      occurredAt: NOW,
      data: {
        externalId: 'm2',
        customer: { externalId: 'max' },
        placedAt: NOW,
        currency: 'EUR',
        total: '45.00',
        lines: [],
      },
    });
    await settle();
    await feed('max', { delta: 5, reason: 'hello', id: 'max-5' });
    expect(await points('max')).toMatchObject({ balance: 50, tier: null });
    await story.customer('max', NOW);
    await settle();
    const { entries, ...shown } = await points('max');
    expect(shown).toMatchObject({ balance: 70, tier: 'silver' });
    expect(entries.items.map(({ delta }) => delta).sort()).toEqual([20, 45, 5]);
    const told = await app.database.query(
      `select 1 from customer_events e join customers c on c.id = e.customer_id
       where e.type = 'tier.changed' and c.external_id = 'max'`,
    );
    expect(told).toEqual([]);
  });

  it('the timeline and the export show them', async () => {
    const id = await idOf('sam');
    const { body } = await app.request('get', `/api/v1/customers/${id}/timeline`).expect(200);
    const kinds = (body as { items: Array<{ kind: string }> }).items.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['points', 'tier']));
    const exported = (await app.request('get', `/api/v1/customers/${id}/export`).expect(200)).body as {
      loyalty: { entries: unknown[]; tiers: unknown[] };
    };
    expect(exported.loyalty.entries.length).toBeGreaterThan(2);
    expect(exported.loyalty.tiers.length).toBeGreaterThan(0);
  });

  it('a segment by tier follows, and tiers end by time at their very instant', async () => {
    await story.segment('silver-people', { field: 'tier', op: 'eq', value: 'silver' });
    await story.segment('rich', { field: 'points', op: 'gte', value: 60 });
    await story.order('t1', 'tom', ago(0), { total: '60.00' });
    await settle();
    expect(await story.members('silver-people')).toContain('tom');
    expect(await story.members('rich')).toContain('tom');
    expect((await points('tom')).nextExpiry).toEqual({ at: '2026-05-31T07:00:00.000Z', points: 60 });
    await app.advance('2026-05-31T06:59:59.999Z');
    expect((await points('tom')).balance).toBe(60);
    await app.advance('2026-05-31T07:00:00.000Z');
    expect(await points('tom')).toMatchObject({ balance: 0, tier: 'silver', nextExpiry: null });
    expect(await story.members('rich')).not.toContain('tom');
    await app.advance('2027-03-03T08:00:00.000Z');
    expect((await points('tom')).tier).toBeNull();
    const [last] = await app.database.query<{ at: Date; cause: string }>(
      `select t.at, t.cause from customer_tiers t join customers c on c.id = t.customer_id
       where c.external_id = 'tom' order by t.id desc limit 1`,
    );
    expect(last).toEqual({ at: new Date('2027-03-02T08:00:00.001Z'), cause: 'time' });
    expect(await story.members('silver-people')).not.toContain('tom');
  });

  it('other settings: tiers by points, silently; points that were earned stay', async () => {
    const before = await app.database.query('select count(*) as n from customer_events where type = $1', [
      'tier.changed',
    ]);
    const kim = (await points('kim')).entries.items.length;
    await setting({ tiers: [{ key: 'friend', name: 'Friend', atPoints: 50 }] });
    expect((await app.request('get', '/api/v1/settings/loyalty').expect(200)).body).toMatchObject({
      points: null,
      referral: null,
      reckoning: 'ready',
    });
    expect(await points('kim')).toMatchObject({ tier: 'friend' });
    expect((await points('kim')).entries.items).toHaveLength(kim);
    expect(
      await app.database.query('select count(*) as n from customer_events where type = $1', ['tier.changed']),
    ).toEqual(before);
    await app.request('get', `/api/v1/customers/${await idOf('kim')}/referral`).expect(409);
  });

  it('faults of the setting are told with their paths', async () => {
    const { body } = await app
      .request('put', '/api/v1/settings/loyalty')
      .send({ points: { perCurrencyUnit: 0 } })
      .expect(422);
    expect((body as { errors: Array<{ path: string }> }).errors.map(({ path }) => path)).toEqual([
      'points.perCurrencyUnit',
    ]);
  });
});
