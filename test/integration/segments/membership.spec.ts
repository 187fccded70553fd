import { newId } from '../../../src/kernel/ids';
import { HitWriter } from '../../../src/tracking/data/hit-writer';
import { type Hit } from '../../../src/tracking/tracking.types';
import { startTestApp, type TestApp } from '../../support/app';
import { insertSentMessage } from '../../support/ledger-rows';
import { SegmentStory } from '../../support/segment-story';

const NOW = '2026-03-02T08:00:00.000Z';

/** The members of the shop's own segments in the running service: by facts, by time, and when a segment is new. */
describe('members of custom segments', () => {
  let app: TestApp;
  let story: SegmentStory;
  beforeEach(async () => {
    app = await startTestApp({ clock: NOW });
    story = new SegmentStory(app);
  });
  afterEach(() => app.close());

  it('a new segment is filled in silently, and says how far it has come', async () => {
    await story.customer('ann', NOW, { tags: ['vip'] });
    await story.customer('bob', NOW);
    await app.advance('PT1M');
    await story.segment('vips', { field: 'tags', op: 'contains', value: 'vip' });
    await app.advance('PT1M');
    expect(await story.membership('vips')).toEqual({ status: 'ready', done: 2, total: 2 });
    expect(await story.members('vips')).toEqual(['ann']);
    expect(await story.changes('vips', 'ann')).toEqual([
      { at: '2026-03-02T08:01:00.000Z', change: 'entered', cause: 'fill' },
    ]);
    expect(await story.news('vips')).toEqual([]);
    expect(await story.membership('lapsed')).toBeNull();
  });

  it('facts move people in and out, and campaigns are told', async () => {
    await story.segment('vips', { field: 'tags', op: 'contains', value: 'vip' });
    await story.segment('regulars', { field: 'orders.count', op: 'gte', value: 2 });
    await story.listen('regulars');
    await app.advance('PT1M');
    await story.customer('ann', '2026-03-02T08:01:00Z', { tags: ['vip'] });
    await app.advance('PT1M');
    await story.customer('ann', '2026-03-02T08:02:00Z', { tags: [] });
    await story.order('o1', 'ann', '2026-03-02T08:02:00Z');
    await story.order('o2', 'ann', '2026-03-02T08:02:00Z');
    await app.advance('PT1M');
    expect(await story.members('regulars')).toEqual(['ann']);
    await story.told({
      type: 'order.refunded',
      occurredAt: '2026-03-02T08:03:00Z',
      data: { orderExternalId: 'o2', amount: '30.00', at: '2026-03-02T08:03:00Z' },
    });
    await app.advance('PT1M');
    expect(await story.changes('vips', 'ann')).toEqual([
      { at: '2026-03-02T08:01:00.000Z', change: 'entered', cause: 'event' },
      { at: '2026-03-02T08:02:00.000Z', change: 'left', cause: 'event' },
    ]);
    expect(await story.news('regulars')).toEqual([
      { who: 'ann', type: 'segment.entered', cause: 'order', starts: true },
      { who: 'ann', type: 'segment.left', cause: 'refund', starts: true },
    ]);
    const [entered] = await app.database.query<{ properties: unknown; reference: string | null }>(
      `select properties, reference from customer_events where type = 'segment.entered'
         and properties ->> 'segment' = 'regulars'`,
    );
    const [order] = await app.database.query<{ id: string }>(`select id from orders where external_id = 'o2'`);
    expect(entered?.reference).toBe(order?.id);
  });

  it('a window that slides lets people out at its own instant', async () => {
    await story.segment('active', { field: 'orders.count', op: 'gte', value: 2, within: 'P30D' });
    await story.listen('active');
    await story.order('o1', 'ann', '2026-03-01T10:00:00Z');
    await story.order('o2', 'ann', '2026-03-02T07:00:00Z');
    await app.advance('P10D');
    expect(await story.members('active')).toEqual(['ann']);
    await app.advance('2026-03-31T10:00:00.000Z');
    expect(await story.members('active')).toEqual(['ann']);
    await app.advance('PT1S');
    expect(await story.members('active')).toEqual([]);
    expect((await story.changes('active', 'ann')).at(-1)).toEqual({
      at: '2026-03-31T10:00:00.001Z',
      change: 'left',
      cause: 'time',
    });
    expect(await story.news('active')).toHaveLength(2);
  });

  it('a segment that refers to another follows it, by facts, by time and when that one is changed', async () => {
    await story.segment('buyers', { field: 'orders.lastAt', op: 'withinLast', value: 'P7D' });
    await story.segment('sleepers', {
      all: [{ not: { segment: 'buyers' } }, { field: 'stage', op: 'neq', value: 'prospect' }],
    });
    await story.listen('sleepers');
    await story.order('o1', 'ann', '2026-03-02T07:00:00Z');
    await app.advance('P1D');
    expect(await story.members('sleepers')).toEqual([]);
    await app.advance('P7D');
    expect(await story.members('sleepers')).toEqual(['ann']);
    expect(await story.news('sleepers')).toEqual([
      { who: 'ann', type: 'segment.entered', cause: 'time', starts: true },
    ]);
    const changed = {
      key: 'buyers',
      name: 'buyers',
      condition: { field: 'orders.lastAt', op: 'withinLast', value: 'P60D' },
    };
    await app.request('put', '/api/v1/segments/buyers').send(changed).expect(200);
    await app.advance('PT1S');
    expect(await story.members('buyers')).toEqual(['ann']);
    expect(await story.members('sleepers')).toEqual([]);
    expect((await story.changes('sleepers', 'ann')).map(({ cause }) => cause)).toEqual(['time', 'fill']);
    await app.advance('P60D');
    expect(await story.members('sleepers')).toEqual(['ann']);
  });

  it('stages and their threshold, consent and unsubscribes are facts too', async () => {
    await story.segment('lost', { all: [{ segment: 'lapsed' }, { segment: 'subscribed' }] });
    await story.listen('lost');
    const consent = { status: 'subscribed', source: 'form', at: NOW };
    await story.customer('ann', NOW, { consent });
    await story.order('o1', 'ann', '2026-03-02T07:00:00Z');
    await app.advance('P100D');
    expect(await story.members('lost')).toEqual(['ann']);
    expect(await story.news('lost')).toEqual([{ who: 'ann', type: 'segment.entered', cause: 'time', starts: true }]);
    await app.request('put', '/api/v1/settings/lifecycle').send({ lapsedAfter: 'P200D' }).expect(200);
    await app.advance('PT1S');
    expect(await story.members('lost')).toEqual([]);
    expect(await story.news('lost')).toHaveLength(1);
    await app.advance('P150D');
    expect(await story.members('lost')).toEqual(['ann']);
    const later = '2026-12-01T00:00:00Z';
    await app.advance(later);
    await story.customer('ann', later, { consent: { status: 'unsubscribed', source: 'form', at: later } });
    await app.advance('PT1S');
    expect(await story.members('lost')).toEqual([]);
  });

  it('imports, deletions and erasures tell no campaign', async () => {
    await story.segment('known', { field: 'email', op: 'exists', value: true });
    await story.listen('known');
    await app.advance('PT1S');
    const { body } = await app
      .request('post', '/api/v1/imports')
      .send({ kind: 'customers', format: 'ndjson' })
      .expect(201);
    await app
      .request('put', `/api/v1/imports/${(body as { id: string }).id}/content`)
      .set('content-type', 'application/x-ndjson')
      .send('{"externalId":"ann","email":"ann@example.com"}\n{"externalId":"bob","email":"bob@example.com"}\n');
    await app.advance('PT1S');
    expect(await story.members('known')).toEqual(['ann', 'bob']);
    expect((await story.changes('known', 'ann')).map(({ cause }) => cause)).toEqual(['import']);
    const [ann] = await app.database.query<{ id: string }>(`select id from customers where external_id = 'ann'`);
    await app.request('post', `/api/v1/customers/${ann?.id}/erase`).expect((answer) => {
      expect(answer.status).toBeLessThan(300);
    });
    await app.advance('PT1S');
    expect(await story.members('known')).toEqual(['bob']);
    expect(await story.news('known')).toEqual([]);
  });

  it('what people do with their mails moves them too, machines do not', async () => {
    await story.segment('readers', { field: 'engagement.lastOpenedAt', op: 'withinLast', value: 'P7D' });
    await story.customer('ann', NOW);
    await app.advance('PT1S');
    const [ann] = await app.database.query<{ id: string }>(`select id from customers where external_id = 'ann'`);
    const at = new Date('2026-03-02T08:00:01Z');
    const messageId = await insertSentMessage(app.database, at, ann?.id ?? '');
    const open = (machine: boolean): Hit => ({
      id: newId(at),
      messageId,
      kind: 'open',
      linkIndex: null,
      at,
      machine,
      rule: machine ? 'user_agent' : null,
      ruleVersion: 1,
      userAgent: 'test',
      method: 'GET',
    });
    await app.app.get(HitWriter).write([open(true)]);
    await app.advance('PT1S');
    expect(await story.members('readers')).toEqual([]);
    await app.app.get(HitWriter).write([open(false)]);
    await app.advance('PT1S');
    expect(await story.members('readers')).toEqual(['ann']);
    await app.advance('P8D');
    expect((await story.changes('readers', 'ann')).at(-1)).toEqual({
      at: '2026-03-09T08:00:01.001Z',
      change: 'left',
      cause: 'time',
    });
  });

  it('campaigns start from entering and from leaving, and take in who is in it when they are activated', async () => {
    const consent = { status: 'subscribed', source: 'form', at: NOW };
    for (const who of ['ann', 'bob']) await story.customer(who, NOW, { consent, tags: who === 'ann' ? ['vip'] : [] });
    await story.segment('vips', { field: 'tags', op: 'contains', value: 'vip' });
    await story.listen('vips');
    await app.advance('PT1S');
    const inside = async (campaign: string): Promise<number> =>
      ((await app.request('get', `/api/v1/campaigns/${campaign}/enrollments`).expect(200)).body as { items: unknown[] })
        .items.length;
    expect([await inside('vips-enters'), await inside('vips-leaves')]).toEqual([0, 0]);
    await story.customer('bob', '2026-03-02T08:00:01Z', { tags: ['vip'] });
    await story.customer('ann', '2026-03-02T08:00:01Z', { tags: [] });
    await app.advance('PT1S');
    expect([await inside('vips-enters'), await inside('vips-leaves')]).toEqual([1, 1]);
    for (const when of ['enters', 'leaves']) {
      const { body } = await app.request('get', `/api/v1/campaigns/vips-${when}`).expect(200);
      const copy = await app.request('post', `/api/v1/campaigns/vips-${when}/duplicate`).expect(201);
      const { id } = copy.body as { id: string };
      expect((copy.body as { trigger: unknown }).trigger).toEqual((body as { trigger: unknown }).trigger);
      await app
        .request('post', `/api/v1/campaigns/${id}/activate`)
        .send({ includeCurrent: true })
        .expect(when === 'enters' ? 200 : 422);
      await app.advance('PT1S');
      expect(await inside(id)).toBe(when === 'enters' ? 1 : 0);
    }
  });

  it('a merged record is judged as the one that stays', async () => {
    await story.segment('regulars', { field: 'orders.count', op: 'gte', value: 2 });
    await story.order('o1', 'ann', NOW);
    await story.told({
      type: 'order.placed',
      occurredAt: NOW,
      data: {
        externalId: 'o2',
        customer: { email: 'guest@example.com' },
        placedAt: NOW,
        currency: 'EUR',
        total: '1.00',
        lines: [],
      },
    });
    await app.advance('PT1S');
    expect(await story.members('regulars')).toEqual([]);
    await story.customer('ann', '2026-03-02T08:00:01Z', { email: 'guest@example.com' });
    await app.advance('PT1S');
    expect(await story.members('regulars')).toEqual(['ann']);
    expect((await story.changes('regulars', 'ann')).map(({ cause }) => cause)).toEqual(['merge']);
  });

  it('a shop without segments of its own queues nothing; one with asks only about its own facts', async () => {
    await story.customer('ann', NOW, { tags: ['vip'] });
    await story.order('o1', 'ann', NOW);
    const queued = () => app.database.query<{ facts: string }>('select facts from segment_touches order by id');
    expect(await queued()).toEqual([]);
    await story.segment('regulars', { field: 'orders.count', op: 'gte', value: 2 });
    await app.advance('PT1S');
    const [row] = await app.database.query<{ asks: string[] }>('select asks from segment_fills');
    expect(row?.asks).toEqual(['orders', 'whole']);
    await app.request('delete', '/api/v1/segments/regulars').expect(204);
    expect(await app.database.query('select 1 from segment_fills')).toEqual([]);
    expect(await app.database.query('select 1 from segment_members')).toEqual([]);
  });
});
