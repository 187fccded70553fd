import { CampaignStory } from '../../support/campaign-story';

/** A Monday, 09:00 in Rome. */
const START = '2026-03-02T08:00:00.000Z';

describe('stories of campaigns', () => {
  let story: CampaignStory;
  beforeEach(async () => {
    story = await CampaignStory.open(START);
    for (const key of ['hello', 'thanks', 'nudge', 'last']) await story.template(key);
  });
  afterEach(() => story.close());
  const email = (key: string): object => ({ kind: 'email', key, template: key });

  it('an abandoned welcome, with a purchase in the middle', async () => {
    await story.campaign({
      key: 'welcome',
      name: 'Welcome',
      purpose: 'welcome',
      trigger: { on: 'event', event: 'customer.created' },
      steps: [
        email('hello'),
        {
          kind: 'waitFor',
          event: 'order.placed',
          within: 'P3D',
          then: [{ kind: 'tag', add: ['buyer'] }, { kind: 'wait', for: 'P1D', at: '10:00' }, email('thanks')],
          else: [
            email('nudge'),
            { kind: 'wait', for: 'P2D' },
            {
              kind: 'branch',
              if: { field: 'orders.count', op: 'gte', value: 1 },
              then: [{ kind: 'exit' }],
              else: [email('last')],
            },
          ],
        },
      ],
    } as { key: string });
    for (const who of ['anna', 'bruno', 'carla', 'dora']) await story.customer(who);
    expect(story.sink.mails).toHaveLength(4);
    await story.until('PT30H');
    // Anna buys while the campaign waits for it: tagged at once, thanked the day after.
    await story.order('anna');
    expect(await story.tagsOf('anna')).toEqual(['buyer']);
    expect(story.sink.to('anna@example.com')).toHaveLength(1);
    await story.until('P3D');
    // Carla buys behind the nudge: nothing more comes.
    await story.order('carla');
    await story.until('P10D');
    expect(await story.ways('welcome')).toEqual({
      anna: 'hello, thanks',
      bruno: 'hello, nudge, last',
      carla: 'hello, nudge',
      dora: 'hello, nudge, last',
    });
    expect(await story.standing('welcome')).toEqual({
      anna: 'completed',
      bruno: 'completed',
      carla: 'exited exit_step',
      dora: 'completed',
    });
    const due = (await story.mails('welcome')).filter(({ who }) => who === 'anna' || who === 'bruno');
    expect(due.map((one) => `${one.who} ${one.step} ${one.due}`)).toEqual([
      'anna hello 2026-03-02 09:00',
      // Bought on Tuesday at 15:00: a day later it is 15:00, the next 10:00 is Thursday's.
      'anna thanks 2026-03-05 10:00',
      'bruno hello 2026-03-02 09:00',
      'bruno nudge 2026-03-05 09:00',
      'bruno last 2026-03-07 09:00',
    ]);
  });

  it('a win-back in three waves that stops at the first order', async () => {
    await story.campaign({
      key: 'win-back',
      name: 'Win back',
      purpose: 'reactivation',
      trigger: { on: 'segment', segment: 'lapsed' },
      goal: { event: 'order.placed', within: 'P60D', exit: true },
      steps: [
        { kind: 'wait', at: '09:00' },
        email('hello'),
        { kind: 'wait', for: 'P7D' },
        email('nudge'),
        { kind: 'wait', for: 'P14D', at: '18:00' },
        email('last'),
      ],
    } as { key: string });
    for (const who of ['anna', 'bruno', 'carla']) {
      await story.customer(who);
      await story.order(who);
    }
    // Day 91 after the order is 1 June, from midnight in Rome; meanwhile the clock has changed.
    await story.until('2026-06-01T06:59:00.000Z');
    expect(await story.ways('win-back')).toEqual({});
    await story.until('2026-06-01T07:00:00.000Z');
    expect(await story.ways('win-back')).toEqual({ anna: 'hello', bruno: 'hello', carla: 'hello' });
    await story.until('P1D');
    await story.order('anna');
    await story.until('P7D');
    await story.order('carla');
    await story.until('P30D');
    expect(await story.ways('win-back')).toEqual({ anna: 'hello', bruno: 'hello, nudge, last', carla: 'hello, nudge' });
    expect(await story.standing('win-back')).toEqual({
      anna: 'exited goal',
      bruno: 'completed',
      carla: 'exited goal',
    });
    expect((await story.mails('win-back')).filter(({ who }) => who === 'bruno').map(({ due }) => due)).toEqual([
      '2026-06-01 09:00',
      '2026-06-08 09:00',
      '2026-06-22 18:00',
    ]);
    expect(story.sink.mails).toHaveLength(6);
  });
});
