import { CampaignStory } from '../../support/campaign-story';

/** A Monday, 09:00 in Rome. */
const START = '2026-03-02T08:00:00.000Z';
const SHIPPED = {
  maxMessages: 2,
  per: 'P7D',
  quietHours: { from: '21:00', to: '08:00', timezone: 'customer' },
};

interface Told {
  outcome: string;
  step: string | null;
  reason: string | null;
  values: Record<string, unknown>;
}

/** What the shop allows itself with one person, told over HTTP and judged by the mail server. */
describe('the contact policy', () => {
  let story: CampaignStory;
  beforeEach(async () => {
    story = await CampaignStory.open(START);
    await story.template('letter');
  });
  afterEach(() => story.close());

  const policy = (body: object) => story.app.request('put', '/api/v1/settings/contact-policy').send(body).expect(200);
  /** One mail, as soon as somebody does what it listens to. */
  const letter = (key: string, change: object = {}) =>
    story.campaign({
      key,
      name: key,
      trigger: { on: 'event', event: key },
      entry: { limit: 'unlimited' },
      steps: [{ kind: 'email', key: 'letter', template: 'letter' }],
      ...change,
    } as { key: string });
  const happens = (type: string, who: string) => story.tell(type, { customer: { externalId: who } });
  const explained = async (who: string, campaign: string): Promise<Told[]> => {
    const path = `/api/v1/customers/${await story.idOf(who)}/explain?campaign=${campaign}`;
    return ((await story.app.request('get', path).expect(200)).body as { decisions: Told[] }).decisions;
  };
  const sentAt = async (campaign: string): Promise<Array<string | null>> => {
    const { body } = await story.app.request('get', `/api/v1/messages?campaign=${campaign}`).expect(200);
    return (body as { items: Array<{ sentAt: string | null }> }).items.map((one) => one.sentAt).sort();
  };

  it('holds a cross-sell back by the cap and sends it when there is room', async () => {
    await policy(SHIPPED);
    await letter('news');
    await letter('goes-with-it', {
      purpose: 'cross_sell',
      trigger: { on: 'order' },
      maxLateness: 'P5D',
      steps: [
        { kind: 'wait', for: 'P1D', at: '11:00' },
        { kind: 'email', key: 'pairing', template: 'letter' },
        { kind: 'wait', for: 'P2D' },
        { kind: 'email', key: 'reminder', template: 'letter' },
      ],
    });
    await story.customer('anna');
    await happens('news', 'anna');
    await story.until('P1D');
    await happens('news', 'anna');
    await story.until('P1D');
    await story.order('anna');
    // Thursday 11:00: two mails lie within the week; Monday's makes room on Monday at 09:00.
    await story.until('2026-03-09T07:59:59.000Z');
    expect(story.sink.to('anna@example.com')).toHaveLength(2);
    expect(await story.standing('goes-with-it')).toEqual({ anna: 'active pairing' });
    await story.until('2026-03-09T08:00:00.000Z');
    expect(story.sink.to('anna@example.com')).toHaveLength(3);
    expect(await sentAt('goes-with-it')).toEqual(['2026-03-09T08:00:00.000Z']);
    const told = await explained('anna', 'goes-with-it');
    expect(told).toContainEqual(
      expect.objectContaining({
        step: 'pairing',
        outcome: 'deferred',
        reason: 'frequency_cap',
        values: expect.objectContaining({ count: 2, maxMessages: 2, per: 'P7D', until: '2026-03-09T08:00:00.000Z' }),
      }),
    );
    // The reminder keeps its distance from the mail that was late, and waits its own turn: Tuesday's mail leaves the
    // window on Tuesday, so on Wednesday there is room.
    await story.until('P5D');
    expect(await sentAt('goes-with-it')).toEqual(['2026-03-09T08:00:00.000Z', '2026-03-11T08:00:00.000Z']);
  });

  it('lets the higher priority have the place; the other waits for its own, or is skipped with the reason', async () => {
    await policy({ maxMessages: 1, per: 'P3D' });
    const trigger = { on: 'event', event: 'both' };
    await letter('patient', { trigger, priority: 20, maxLateness: 'P5D' });
    await letter('hasty', { trigger, priority: 30 });
    await letter('first', { trigger, priority: 80 });
    await story.customer('anna');
    await happens('both', 'anna');
    expect(await story.ways('first')).toEqual({ anna: 'letter' });
    expect(await story.ways('hasty')).toEqual({ anna: 'letter (skipped outranked)' });
    expect(await story.ways('patient')).toEqual({});
    expect(await story.standing('patient')).toEqual({ anna: 'active letter' });
    const [told] = (await explained('anna', 'patient')).filter(({ outcome }) => outcome === 'deferred');
    expect(told).toMatchObject({ reason: 'outranked', values: { priority: 20, by: [{ priority: 80 }] } });
    await story.until('P3D');
    expect(await story.ways('patient')).toEqual({ anna: 'letter' });
    expect(await sentAt('patient')).toEqual(['2026-03-05T08:00:00.000Z']);
  });

  it('lets an announcement wait for the end of the quiet hours of each customer', async () => {
    await policy(SHIPPED);
    await story.customer('anna');
    await story.customer('nora', { timezone: 'America/New_York' });
    await letter('spring', {
      purpose: 'announcement',
      trigger: { on: 'date', at: '2026-03-03T22:30:00', timezone: 'Europe/Rome', segment: 'subscribed' },
      entry: { limit: 'once' },
    });
    await letter('quick', {
      purpose: 'announcement',
      trigger: { on: 'date', at: '2026-03-03T22:30:00', timezone: 'Europe/Rome', segment: 'subscribed' },
      entry: { limit: 'once' },
      maxLateness: 'PT2H',
    });
    await story.until('2026-03-03T21:30:00.000Z');
    // In New York it is 16:30.
    expect(await story.ways('spring')).toEqual({ nora: 'letter' });
    expect(await story.ways('quick')).toEqual({ anna: 'letter (skipped quiet_hours)', nora: 'letter' });
    await story.until('P1D');
    expect(await story.ways('spring')).toEqual({ anna: 'letter', nora: 'letter' });
    expect(await sentAt('spring')).toEqual(['2026-03-03T21:30:00.000Z', '2026-03-04T07:00:00.000Z']);
  });

  it('counts announcements against the cap', async () => {
    await policy({ maxMessages: 1, per: 'P7D' });
    await story.customer('anna');
    await letter('spring', {
      purpose: 'announcement',
      trigger: { on: 'date', at: '2026-03-03T10:00:00', timezone: 'customer', segment: 'subscribed' },
      entry: { limit: 'once' },
    });
    await letter('news');
    await story.until('P2D');
    await happens('news', 'anna');
    expect(await story.ways('spring')).toEqual({ anna: 'letter' });
    expect(await story.ways('news')).toEqual({ anna: 'letter (skipped frequency_cap)' });
  });

  it('holds transactional mail back by nothing', async () => {
    const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>Your receipt</mj-text></mj-column></mj-section></mj-body></mjml>`;
    const receipt = { key: 'receipt', name: 'r', kind: 'transactional', defaultLocale: 'en' };
    const locales = { en: { subject: 'Receipt', mjml } };
    await story.app
      .request('post', '/api/v1/templates')
      .send({ ...receipt, locales })
      .expect(201);
    await policy({
      ...SHIPPED,
      maxMessages: 1,
      blackout: ['2026-03-02'],
      holdMarketingWhen: { field: 'email', op: 'exists', value: true },
    });
    await letter('receipts', {
      purpose: 'transactional',
      basis: 'transactional',
      sendWindow: { from: '10:00', to: '11:00', timezone: 'customer' },
      steps: [{ kind: 'email', key: 'receipt', template: 'receipt' }],
    });
    await letter('news');
    await story.customer('anna');
    await story.until('2026-03-02T22:00:00.000Z');
    for (const type of ['receipts', 'receipts', 'news']) await happens(type, 'anna');
    expect(await sentAt('receipts')).toEqual(['2026-03-02T22:00:00.000Z', '2026-03-02T22:00:00.000Z']);
    expect(story.sink.to('anna@example.com')).toHaveLength(2);
    expect(await story.standing('news')).toEqual({ anna: 'active letter' });
  });

  it('holds marketing back while a complaint is open, by a tag or by what happened', async () => {
    await policy({
      holdMarketingWhen: {
        any: [
          { field: 'tags', op: 'contains', value: 'complaint' },
          { event: 'ticket.opened', within: 'P1D' },
        ],
      },
    });
    await letter('news');
    for (const who of ['anna', 'bruno', 'carla', 'dora']) await story.customer(who);
    for (const who of ['anna', 'bruno']) await story.tell('customer.updated', { externalId: who, tags: ['complaint'] });
    await happens('ticket.opened', 'carla');
    for (const who of ['anna', 'bruno', 'carla', 'dora']) await happens('news', who);
    expect(await story.ways('news')).toEqual({ dora: 'letter' });
    expect((await explained('anna', 'news')).filter(({ outcome }) => outcome === 'deferred')).toMatchObject([
      { reason: 'on_hold', values: { tags: ['complaint'] } },
    ]);
    await story.until('PT5H');
    await story.tell('customer.updated', { externalId: 'anna', tags: [] });
    await story.until('PT1H');
    expect(await story.ways('news')).toEqual({ anna: 'letter', dora: 'letter' });
    await story.until('P3D');
    // Carla's ticket was a day ago on Tuesday; Bruno's complaint stayed open until the mail was of no use any more.
    expect(await story.ways('news')).toEqual({
      anna: 'letter',
      bruno: 'letter (skipped on_hold)',
      carla: 'letter',
      dora: 'letter',
    });
  });
});
