import { startTestApp, type TestApp } from '../../support/app';

/** The whole service on the test clock: what the shop reports, what midnight brings, what the setting changes. */
describe('stages in the running service', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ clock: '2026-03-02T11:00:00.000Z' });
  });
  afterAll(() => app.close());

  const order = (id: string, customer: string, placedAt: string) => ({
    id,
    type: 'order.placed',
    occurredAt: placedAt,
    data: {
      externalId: id,
      customer: { externalId: customer, email: `${customer}@example.com` },
      placedAt,
      currency: 'EUR',
      total: '10.00',
      lines: [],
    },
  });
  const stageOf = async (customer: string): Promise<string | undefined> => {
    const rows = await app.database.query<{ stage: string }>(
      'select s.stage from customer_stages s join customers c on c.id = s.customer_id where c.external_id = $1',
      [customer],
    );
    return rows[0]?.stage;
  };
  const stages = async (): Promise<unknown> =>
    ((await app.request('get', '/api/v1/reports/lifecycle').expect(200)).body as { stages: unknown }).stages;

  it('follow the shop’s events, then the store’s midnight', async () => {
    await app
      .request('post', '/api/v1/events')
      .send([
        {
          id: 'c-p',
          type: 'customer.created',
          occurredAt: '2026-03-02T11:00:00Z',
          data: { externalId: 'p', email: 'p@example.com' },
        },
        order('o-1', 'one', '2026-03-01T10:00:00Z'),
        order('o-2', 'two', '2026-02-01T10:00:00Z'),
        order('o-3', 'two', '2026-03-01T10:00:00Z'),
        order('o-4', 'day90', '2026-03-02T10:30:00Z'),
      ])
      .expect(202);
    await app.advance('PT1S');
    expect(await Promise.all(['p', 'one', 'two', 'day90'].map(stageOf))).toEqual([
      'prospect',
      'recent',
      'repeat',
      'recent',
    ]);
    await app.advance('2026-05-31T21:55:00Z');
    expect(await Promise.all(['one', 'two', 'day90'].map(stageOf))).toEqual(['lapsed', 'lapsed', 'recent']);
    await app.advance('2026-05-31T22:05:00Z');
    expect(await stageOf('day90')).toBe('lapsed');
    expect(await stages()).toEqual({ prospect: 1, recent: 0, repeat: 0, lapsed: 3 });
  });

  it('change with the setting at once, and start nothing by it', async () => {
    await app
      .request('put', '/api/v1/settings/lifecycle')
      .send({ lapsedAfter: 'P200D', repeatMinOrders: 2 })
      .expect(200);
    expect(await Promise.all(['one', 'two', 'day90'].map(stageOf))).toEqual(['recent', 'repeat', 'recent']);
    const told = await app.database.query<{ segment: string; cause: string }>(
      `select distinct properties ->> 'segment' as segment, properties ->> 'cause' as cause from customer_events
       where type = 'segment.entered' and starts order by 1, 2`,
    );
    expect(told).not.toContainEqual(expect.objectContaining({ cause: 'threshold' }));
    expect(told).toContainEqual({ segment: 'lapsed', cause: 'time' });
  });
});
