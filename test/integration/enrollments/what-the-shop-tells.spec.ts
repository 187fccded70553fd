import { startTestApp, type TestApp } from '../../support/app';
import { PLAIN_TEMPLATE, SegmentStory } from '../../support/segment-story';

const NOW = '2026-03-02T08:00:00.000Z';
const email = (key: string): object => ({ kind: 'email', key, template: PLAIN_TEMPLATE.key });

/** Deliveries, reviews and tickets as the shop tells of them: awaited, starting campaigns, holding mails back. */
describe('what the shop tells after an order', () => {
  let app: TestApp;
  let story: SegmentStory;
  beforeEach(async () => {
    app = await startTestApp({ clock: NOW });
    story = new SegmentStory(app);
    await app.request('post', '/api/v1/templates').send(PLAIN_TEMPLATE).expect(201);
  });
  afterEach(() => app.close());

  const campaign = async (key: string, change: object): Promise<void> => {
    const body = { key, name: key, purpose: 'feedback', entry: { limit: 'unlimited', key: 'order' }, ...change };
    await app.request('post', '/api/v1/campaigns').send(body).expect(201);
    await app.request('post', `/api/v1/campaigns/${key}/activate`).send({}).expect(200);
  };
  const subscriber = (who: string): Promise<void> =>
    story.customer(who, NOW, { consent: { status: 'subscribed', source: 'shop', at: NOW } });
  const told = (type: string, occurredAt: string, data: Record<string, unknown>): Promise<void> =>
    story.told({ type, occurredAt, data });
  const mails = (who: string): Promise<Array<{ step: string; status: string; order: string | null; at: string }>> =>
    app.database.query(
      `select m.step, m.status, o.external_id as "order", to_char(m.sent_at at time zone 'UTC', 'MM-DD HH24:MI') as at
       from messages m join customers c on c.id = m.customer_id left join orders o on o.id = m.trigger_order_id
       where c.external_id = $1 order by m.due_at, m.id`,
      [who],
    );

  it('a wait for the delivery is for that of the order that started it, even where it came before the wait', async () => {
    const wait = {
      kind: 'waitFor',
      event: 'order.delivered',
      within: 'P21D',
      then: [email('came')],
      else: [email('no')],
    };
    await campaign('at-once', { trigger: { on: 'order' }, steps: [wait] });
    await campaign('later', { trigger: { on: 'order' }, steps: [{ kind: 'wait', for: 'P5D' }, wait] });
    await subscriber('ann');
    await story.order('o1', 'ann', NOW);
    await story.order('o2', 'ann', NOW);
    await app.advance('P3D');
    await told('order.delivered', '2026-03-05T08:00:00Z', { orderExternalId: 'o2', at: '2026-03-05T07:00:00Z' });
    await app.advance('P30D');
    expect(await mails('ann')).toEqual([
      { step: 'came', status: 'sent', order: 'o2', at: '03-05 08:00' },
      { step: 'came', status: 'sent', order: 'o2', at: '03-07 08:00' },
      { step: 'no', status: 'sent', order: 'o1', at: '03-23 08:00' },
      { step: 'no', status: 'sent', order: 'o1', at: '03-28 08:00' },
    ]);
  });

  it('deliveries, reviews and tickets start campaigns; a mail after a delivery knows its order', async () => {
    for (const event of ['order.fulfilled', 'order.delivered', 'review.posted', 'ticket.opened', 'ticket.closed']) {
      const key = event.replace('.', '-');
      await campaign(key, { trigger: { on: 'event', event }, entry: { limit: 'unlimited' }, steps: [email(key)] });
    }
    await subscriber('ann');
    await story.order('o1', 'ann', NOW);
    const customer = { externalId: 'ann', email: 'ann@example.com' };
    await told('order.fulfilled', NOW, { orderExternalId: 'o1', at: NOW });
    await told('order.delivered', NOW, { orderExternalId: 'o1', at: NOW });
    await told('review.posted', NOW, { customer, externalId: 'r1', properties: { stars: 5 } });
    await told('ticket.opened', NOW, { customer, externalId: 't1' });
    await told('ticket.closed', NOW, { customer, externalId: 't1' });
    await app.advance('PT1H');
    const sent = (await mails('ann')).map(({ step, order }) => `${step} ${order ?? ''}`.trim());
    expect(sent.sort()).toEqual([
      'order-delivered o1',
      'order-fulfilled o1',
      'review-posted',
      'ticket-closed',
      'ticket-opened',
    ]);
  });

  it('while a ticket is open marketing waits; its segment follows', async () => {
    const open = { field: 'tickets.open', op: 'gte', value: 1 };
    await app.request('put', '/api/v1/settings/contact-policy').send({ holdMarketingWhen: open }).expect(200);
    await story.segment('waiting', open);
    await campaign('news', { trigger: { on: 'order' }, steps: [{ kind: 'wait', for: 'P1D' }, email('news')] });
    for (const who of ['ann', 'bob']) {
      await subscriber(who);
      await story.order(`o-${who}`, who, NOW);
    }
    const ticket = { customer: { externalId: 'ann', email: 'ann@example.com' }, externalId: 't1' };
    await told('ticket.opened', NOW, ticket);
    await app.advance('P1DT1H');
    expect(await story.members('waiting')).toEqual(['ann']);
    expect((await mails('bob')).map(({ step, status }) => [step, status])).toEqual([['news', 'sent']]);
    expect(await mails('ann')).toEqual([]);
    await told('ticket.closed', '2026-03-03T09:00:00Z', ticket);
    await app.advance('PT2H');
    expect((await mails('ann')).map(({ step, status }) => [step, status])).toEqual([['news', 'sent']]);
    expect(await story.members('waiting')).toEqual([]);
  });
});
