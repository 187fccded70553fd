import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type CampaignDefinition } from '../../../src/campaigns/campaign.types';
import { walkSteps } from '../../../src/campaigns/domain/walk-steps';
import { splitDraw } from '../../../src/kernel/hash';
import { CampaignStory } from '../../support/campaign-story';

const PAGE = readFileSync(path.join(__dirname, '../../../docs/campaigns.md'), 'utf8');

/** The campaigns that the page shows below "Seven campaigns to learn from", by their keys. */
function examples(): Map<string, CampaignDefinition> {
  const section = PAGE.split('## Seven campaigns to learn from\n')[1]?.split('\n## ')[0] ?? '';
  const blocks = [...section.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, text]) => JSON.parse(text ?? '') as CampaignDefinition,
  );
  return new Map(blocks.map((block) => [block.key, block]));
}

const EXAMPLES = examples();

it('the page shows seven campaigns', () => {
  expect([...EXAMPLES.keys()]).toEqual([
    ...['club-invitation', 'welcome', 'win-back', 'abandoned-checkout', 'birthday', 'winter-collection', 'refill'],
  ]);
});

describe('the campaigns of docs/campaigns.md', () => {
  let story: CampaignStory;
  afterEach(() => story.close());

  /** Makes the templates that an example names and activates it, as it stands on the page or changed. */
  const given = async (key: string, change: object = {}): Promise<{ salt: string; warnings: unknown[] }> => {
    const example = EXAMPLES.get(key);
    if (!example) throw new Error(`the page has no ${key}`);
    const named = walkSteps(example.steps).flatMap(({ step }) => (step.kind === 'email' ? [step.template] : []));
    for (const template of new Set(named)) await story.template(template);
    return story.campaign({ ...example, ...change });
  };

  it('a split test of two subjects', async () => {
    story = await CampaignStory.open('2026-03-05T08:00:00Z');
    const { salt, warnings } = await given('club-invitation');
    expect(warnings).toEqual([]);
    const expected: Record<string, string> = {};
    const customerIds: string[] = [];
    // As many people as it takes until somebody is on each way.
    for (let n = 0; new Set(Object.values(expected)).size < 2; n++) {
      const who = `person-${n}`;
      await story.customer(who);
      const id = await story.idOf(who);
      customerIds.push(id);
      expected[who] = splitDraw(salt, 'subject', id) < 0.5 ? 'plain' : 'warm';
    }
    await story.app.request('post', '/api/v1/campaigns/club-invitation/enrollments').send({ customerIds }).expect(201);
    await story.until('P10D');
    // Enrolled on a Thursday at nine: a day later it is Friday, at ten.
    expect(new Set((await story.mails('club-invitation')).map(({ due }) => due))).toEqual(
      new Set(['2026-03-06 10:00']),
    );
    expect(await story.ways('club-invitation')).toEqual(expected);
    expect(await story.tagsOf('person-0')).toEqual(['invited']);
  });

  it('a welcome with a purchase in between', async () => {
    story = await CampaignStory.open('2026-03-02T08:00:00Z');
    await given('club-invitation');
    expect((await given('welcome')).warnings).toEqual([]);
    for (const who of ['buys', 'hesitates', 'never']) await story.customer(who);
    await story.until('P2D');
    await story.order('buys');
    await story.until('P5D');
    await story.order('hesitates');
    await story.until('P20D');
    expect(await story.ways('welcome')).toEqual({
      buys: 'hello',
      hesitates: 'hello, nudge',
      never: 'hello, nudge, offer',
    });
    expect(await story.mails('welcome')).toContainEqual({
      who: 'never',
      step: 'offer',
      came: 'sent',
      due: '2026-03-11 10:00',
    });
    expect(await story.standing('welcome')).toEqual({
      buys: 'exited exit_step',
      hesitates: 'completed',
      never: 'completed',
    });
    expect((await story.tagsOf('buys')).sort()).toEqual(['bought-at-once', 'invited']);
    expect(Object.keys(await story.ways('club-invitation'))).toEqual(['buys']);
  });

  it('a win-back in three waves', async () => {
    story = await CampaignStory.open('2026-01-05T09:00:00Z');
    expect((await given('win-back', { holdout: 0 })).warnings).toEqual([]);
    const asleep = ['deaf', 'hears', 'quiet'];
    for (const who of [...asleep, 'one', 'two', 'three']) await story.customer(who);
    for (const who of asleep) await story.order(who);
    // What others buy is what is recommended.
    await story.until('P60D');
    await story.tell('product.updated', { externalId: 'bestseller', name: 'Bestseller', price: '20.00' });
    for (const who of ['one', 'two', 'three']) await story.order(who, 'bestseller');
    await story.until('2026-04-10T00:00:00Z');
    await story.tell('customer.updated', { externalId: 'quiet', tags: ['quiet'] });
    await story.until('2026-04-22T00:00:00Z');
    await story.order('hears');
    await story.until('2026-05-30T00:00:00Z');
    const mails = await story.mails('win-back');
    expect(await story.ways('win-back')).toEqual({
      deaf: 'wave-1, wave-2, wave-3',
      hears: 'wave-1, wave-2',
      quiet: 'wave-1',
    });
    // Lapsed with the 91st day, a Monday's midnight: the first Tuesday at nine, and middles of the week from then.
    expect(mails.filter(({ who }) => who === 'deaf').map(({ due }) => due)).toEqual([
      '2026-04-07 09:00',
      '2026-04-21 09:00',
      '2026-05-12 09:00',
    ]);
    expect(await story.standing('win-back')).toEqual({
      deaf: 'completed',
      hears: 'exited goal',
      quiet: 'exited exit_when',
    });
  });

  it('an abandoned checkout', async () => {
    story = await CampaignStory.open('2026-03-02T08:00:00Z');
    expect((await given('abandoned-checkout')).warnings.map((warning) => (warning as { path: string }).path)).toEqual([
      'steps[1].maxLateness',
    ]);
    const starts = (who: string) =>
      story.tell('checkout.started', { customer: { externalId: who }, externalId: `cart-${who}`, lines: [] });
    for (const who of ['buys', 'new', 'old', 'night', 'late']) await story.customer(who);
    await story.order('old');
    await story.until('PT1H');
    for (const who of ['buys', 'new', 'old']) await starts(who);
    await story.until('PT30M');
    await story.order('buys');
    await story.until('2026-03-02T19:30:00Z');
    // At 20:30 in Rome, and an hour later the window is closed until eight: too late for this mail.
    await starts('night');
    await story.until('2026-03-03T04:00:00Z');
    // At five in the morning: at six the window is still closed, at eight it is not too late.
    await starts('late');
    await story.until('P4D');
    expect(await story.ways('abandoned-checkout')).toEqual({
      new: 'reminder, newcomer',
      old: 'reminder, known',
      night: 'reminder (skipped send_window), newcomer',
      late: 'reminder, newcomer',
    });
    expect(await story.standing('abandoned-checkout')).toMatchObject({ buys: 'exited goal', new: 'completed' });
  });

  it('a birthday', async () => {
    story = await CampaignStory.open('2027-02-27T08:00:00Z');
    expect((await given('birthday')).warnings).toEqual([]);
    await story.customer('leap', { attributes: { birthday: '1996-02-29' } });
    await story.customer('rome', { attributes: { birthday: '1980-03-02' } });
    await story.customer('tokyo', { attributes: { birthday: '1990-03-02' }, timezone: 'Asia/Tokyo' });
    await story.customer('buys', { attributes: { birthday: '2000-03-03' } });
    await story.customer('opens', { attributes: { birthday: '2001-03-03' } });
    await story.customer('nobody');
    await story.until('2027-03-04T12:00:00Z');
    await story.order('buys');
    await story.opens('opens');
    await story.until('2027-03-12T12:00:00Z');
    expect(await story.ways('birthday')).toEqual({
      leap: 'wishes, reminder',
      rome: 'wishes, reminder',
      tokyo: 'wishes, reminder',
      buys: 'wishes',
      opens: 'wishes',
    });
    // 29 February falls on the 28th in other years.
    expect((await story.mails('birthday')).filter(({ who }) => who === 'leap').map(({ due }) => due)).toEqual([
      '2027-02-28 09:00',
      '2027-03-07 09:00',
    ]);
    const wishes = (await story.mails('birthday', 'UTC')).filter(({ step }) => step === 'wishes');
    expect(Object.fromEntries(wishes.map(({ who, due }) => [who, due]))).toMatchObject({
      rome: '2027-03-02 08:00',
      tokyo: '2027-03-02 00:00',
    });
    expect(await story.tagsOf('buys')).toEqual(['birthday-buyer']);
  });

  it("an announcement in each customer's zone", async () => {
    story = await CampaignStory.open('2026-11-29T08:00:00Z');
    expect((await given('winter-collection')).warnings).toEqual([]);
    await story.customer('rome');
    await story.customer('tokyo', { timezone: 'Asia/Tokyo' });
    await story.customer('york', { timezone: 'America/New_York' });
    await story.customer('refuses', { tags: ['no-announcements'] });
    await story.customer('silent', { consent: { status: 'none' } });
    await story.order('tokyo', 'espresso', 'coffee');
    await story.until('2026-12-03T08:00:00Z');
    expect(await story.mails('winter-collection', 'UTC')).toEqual([
      { who: 'rome', step: 'everyone', came: 'sent', due: '2026-12-01 08:00' },
      { who: 'tokyo', step: 'coffee', came: 'sent', due: '2026-12-01 00:00' },
      { who: 'york', step: 'everyone', came: 'sent', due: '2026-12-01 14:00' },
    ]);
    expect(await story.standing('winter-collection')).toEqual({
      rome: 'completed',
      tokyo: 'completed',
      york: 'completed',
    });
  });

  it('a reminder when it runs out', async () => {
    story = await CampaignStory.open('2026-03-02T08:30:00Z');
    const { warnings } = await given('refill', { holdout: 0 });
    expect(warnings).toMatchObject([{ path: 'steps[0].until' }]);
    for (const who of ['anna', 'bruno', 'carla', 'dora']) await story.customer(who);
    await story.tell('product.updated', { externalId: 'beans', name: 'Beans', category: 'coffee' });
    await story.history(22, [90, 60], 'beans', 'coffee');
    await story.until('P1D');
    const { body: products } = await story.app.request('get', '/api/v1/products').expect(200);
    const replenish = { days: 30, basis: 'product', customers: 22, gaps: 22 };
    expect(products).toMatchObject({ items: [{ externalId: 'beans', replenish }] });

    // Tuesday 3 March, 09:30 in Rome.
    await story.order('anna', 'beans', 'coffee');
    await story.order('bruno', 'machine', 'kitchen');
    await story.order('carla', 'a new blend', 'coffee');
    await story.order('dora', 'beans', 'coffee');
    const explained = async (who: string): Promise<{ decisions: object[]; next: object | null }> => {
      const answer = await story.app.request(
        'get',
        `/api/v1/customers/${await story.idOf(who)}/explain?campaign=refill`,
      );
      return answer.body as { decisions: object[]; next: object | null };
    };
    const anna = await explained('anna');
    expect(anna.next).toMatchObject({ step: 'refill', at: '2026-04-03T07:00:00.000Z' });
    expect(anna.decisions).toContainEqual(
      expect.objectContaining({
        kind: 'wait',
        step: 'steps[0]',
        outcome: 'product',
        values: expect.objectContaining({ days: 30, product: 'beans', until: '2026-04-03T07:00:00.000Z' }) as object,
      }),
    );
    expect((await explained('bruno')).decisions).toContainEqual(
      expect.objectContaining({ kind: 'end', outcome: 'exited', reason: 'exit_step' }),
    );
    const { body: calendar } = await story.app
      .request('get', '/api/v1/calendar?from=2026-04-01&to=2026-04-07')
      .expect(200);
    const forecast = (calendar as { days: Array<{ date: string; forecast: object[] }> }).days.map(
      (day) => `${day.date} ${JSON.stringify(day.forecast)}`,
    );
    // Those under way, and from then on those who are expected to order as these did.
    expect(forecast.filter((day) => day.includes('refill')).slice(0, 2)).toEqual([
      '2026-04-03 [{"campaign":"refill","messages":3}]',
      '2026-04-04 [{"campaign":"refill","messages":3}]',
    ]);

    await story.until('2026-03-20T12:00:00Z');
    await story.order('dora', 'beans', 'coffee');
    await story.until('2026-05-01T00:00:00Z');
    expect(await story.mails('refill')).toEqual([
      { who: 'anna', step: 'refill', came: 'sent', due: '2026-04-03 09:00' },
      { who: 'carla', step: 'refill', came: 'sent', due: '2026-04-03 09:00' },
      { who: 'dora', step: 'refill', came: 'sent', due: '2026-04-20 09:00' },
    ]);
  });
});
