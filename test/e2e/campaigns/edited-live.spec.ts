import { CampaignStory } from '../../support/campaign-story';

const mail = (key: string, template = 't') => ({ kind: 'email', key, template });
const wait = (time: string, at?: string) => ({ kind: 'wait', for: time, ...(at === undefined ? {} : { at }) });

interface Answer {
  version: number;
  errors?: Array<{ path: string; message: string }>;
  inFlight?: { moved: number; stayed: number; exited: number; steps: object[] };
}

describe('a campaign edited live', () => {
  let story: CampaignStory;
  beforeEach(async () => {
    story = await CampaignStory.open('2026-03-02T08:00:00Z');
    await story.template('t');
  });
  afterEach(() => story.close());

  const course = (...steps: object[]) => ({
    key: 'course',
    name: 'Course',
    trigger: { on: 'event', event: 'consent.subscribed' },
    steps,
  });
  const put = async (status: number, body: object, query = '?inFlight=move'): Promise<Answer> => {
    const answer = await story.app.request('put', `/api/v1/campaigns/course${query}`).send(body);
    expect([answer.status, (answer.body as Answer).errors]).toEqual([
      status,
      status === 422 ? expect.anything() : undefined,
    ]);
    return answer.body as Answer;
  };
  const act = (action: string) => story.app.request('post', `/api/v1/campaigns/course/${action}`).send({}).expect(200);
  const plans = async (): Promise<Record<string, string>> => {
    const { body } = await story.app.request('get', '/api/v1/campaigns/course/enrollments').expect(200);
    const { items } = body as { items: Array<{ step: string; version: number; nextRunAt: string }> };
    return Object.fromEntries(items.map(({ step, version, nextRunAt }) => [`${step} of ${version}`, nextRunAt]));
  };

  it('a step goes, one comes, and everybody goes on where they are told to', async () => {
    const first = course(mail('one'), wait('P3D', '10:00'), mail('two'), wait('P4D', '10:00'), mail('three'));
    await story.campaign(first);
    await story.customer('anna');
    await story.until('P4D');
    await story.customer('bruno');
    await story.until('P1D');
    expect(await plans()).toEqual({
      'three of 1': '2026-03-09T09:00:00.000Z',
      'two of 1': '2026-03-09T09:00:00.000Z',
    });

    // `two` is deleted: nobody is put out, the answer asks where its people should go, and nothing has changed.
    const second = course(
      ...[mail('one'), wait('P3D', '10:00'), { kind: 'tag', add: ['read'] }, mail('new'), wait('P4D', '10:00')],
      ...[mail('three'), wait('P2D', '10:00'), mail('four')],
    );
    const refused = await put(422, second);
    expect(refused.errors).toEqual([
      {
        path: 'mapping.two',
        message: '1 person is at two, which the new version does not have: map it to one of its steps or to exit',
      },
    ]);
    expect((await put(422, { ...second, mapping: { two: 'nowhere', twelve: 'new', three: 7 } })).errors).toEqual([
      { path: 'mapping.three', message: expect.any(String) as unknown },
    ]);
    expect(await story.standing('course')).toEqual({ anna: 'active three', bruno: 'active two' });

    const moved = await put(200, { ...second, mapping: { two: 'new' } });
    expect(moved.version).toBe(2);
    expect(moved.inFlight).toEqual({
      moved: 1,
      stayed: 1,
      exited: 0,
      steps: [
        { step: 'two', to: 'new', moved: 1, stayed: 0, exited: 0 },
        { step: 'three', to: 'three', moved: 0, stayed: 1, exited: 0 },
      ],
    });
    // The plan is kept.
    expect(await plans()).toEqual({
      'three of 2': '2026-03-09T09:00:00.000Z',
      'new of 2': '2026-03-09T09:00:00.000Z',
    });

    // Who comes now begins with the new version; who is in flight goes on in it, nothing twice, nothing left out.
    await story.customer('carla');
    await story.until('2026-03-10T08:00:00Z');
    const third = course(mail('one'), wait('P3D', '10:00'), mail('new'), wait('P4D', '10:00'), mail('four'));
    const out = await put(200, { ...third, mapping: { three: 'exit', 'steps[2]': 'new' } });
    expect(out.inFlight).toEqual({
      moved: 1,
      stayed: 1,
      exited: 1,
      steps: [
        { step: 'steps[2]', to: 'new', moved: 1, stayed: 0, exited: 0 },
        { step: 'three', to: 'exit', moved: 0, stayed: 0, exited: 1 },
        { step: 'four', to: 'four', moved: 0, stayed: 1, exited: 0 },
      ],
    });
    await story.until('P20D');
    expect(await story.ways('course')).toEqual({
      anna: 'one, two, three, four',
      bruno: 'one, new',
      carla: 'one, new, four',
    });
    expect(await story.standing('course')).toEqual({ anna: 'completed', bruno: 'exited moved', carla: 'completed' });
    const { body } = await story.app.request('get', '/api/v1/audit-log?limit=100').expect(200);
    const moves = (body as { items: Array<{ action: string }> }).items.filter(
      ({ action }) => action === 'campaign.move',
    );
    expect(moves).toHaveLength(2);
  });

  it('without a word about them people stay on their version', async () => {
    await story.campaign(course(mail('one'), wait('P3D'), mail('two')));
    await story.customer('anna');
    await story.until('P1D');
    await put(200, course(mail('one')), '');
    await story.until('P1D');
    await put(200, course(mail('other')), '?inFlight=stay');
    await story.customer('bruno');
    await story.until('P5D');
    expect(await story.ways('course')).toEqual({ anna: 'one, two', bruno: 'other' });
  });

  it('a definition that is live already still takes along those of earlier versions', async () => {
    await story.campaign(course(mail('one'), wait('P3D'), mail('two')));
    await story.customer('anna');
    await story.until('P1D');
    const next = course(mail('one'), wait('P3D'), mail('two'), wait('P1D'), mail('three'));
    await put(200, next, '');
    const answer = await put(200, next);
    expect([answer.version, answer.inFlight]).toMatchObject([2, { moved: 0, stayed: 1, exited: 0 }]);
    expect((await put(200, next)).inFlight).toEqual({ moved: 0, stayed: 0, exited: 0, steps: [] });
    await story.until('P9D');
    expect(await story.ways('course')).toEqual({ anna: 'one, two, three' });
  });

  it('who waits for an event goes on waiting, with the end that was planned', async () => {
    const waitFor = (event: string, within: string) => ({
      kind: 'waitFor',
      event,
      within,
      then: [mail('came')],
      else: [mail('came-not')],
    });
    await story.campaign(course(mail('one'), waitFor('page.viewed', 'P5D')));
    for (const who of ['anna', 'bruno', 'carla']) await story.customer(who);
    await story.until('P1D');
    await story.tell('review.posted', { customer: { externalId: 'carla' } });
    await story.until('P1D');
    const changed = await put(200, {
      ...course(mail('one'), wait('P1D'), waitFor('page.viewed', 'P30D')),
      mapping: { 'steps[1]': 'steps[2]' },
    });
    expect(changed.inFlight).toMatchObject({ moved: 3, stayed: 0, exited: 0 });
    await story.tell('page.viewed', { customer: { externalId: 'anna' } });
    expect(await story.ways('course')).toEqual({ anna: 'one, came', bruno: 'one', carla: 'one' });
    // Another event is waited for: what has come since the wait began counts, and is seen at once.
    await put(200, {
      ...course(mail('one'), wait('P1D'), waitFor('review.posted', 'P30D')),
      mapping: { 'steps[2]': 'steps[2]' },
    });
    await story.until('PT1M');
    expect(await story.ways('course')).toEqual({ anna: 'one, came', bruno: 'one', carla: 'one, came' });
    await story.until('2026-03-07T08:00:00Z');
    expect(await story.mails('course')).toContainEqual({
      who: 'bruno',
      step: 'came-not',
      came: 'sent',
      due: '2026-03-07 09:00',
    });
  });

  it('a mail that somebody has had is not sent to them again, wherever they are put', async () => {
    await story.campaign(course(mail('one'), wait('P2D'), mail('two'), wait('P1D'), mail('three')));
    await story.customer('anna');
    await story.until('P1D');
    await put(200, { ...course(mail('one'), wait('P1D'), mail('three')), mapping: { two: 'one' } });
    await story.until('P5D');
    expect(await story.ways('course')).toEqual({ anna: 'one, three' });
    expect(story.sink.to('anna@example.com')).toHaveLength(2);
    const { body } = await story.app
      .request('get', `/api/v1/customers/${await story.idOf('anna')}/explain`)
      .expect(200);
    const { decisions } = body as { decisions: Array<{ kind: string; step: string; outcome: string }> };
    expect(decisions.filter(({ kind }) => kind === 'email').map(({ step, outcome }) => [step, outcome])).toEqual([
      ['one', 'sent'],
      ['one', 'had_before'],
      ['three', 'sent'],
    ]);
  });

  it('in a paused campaign they move and stay frozen', async () => {
    await story.campaign(course(mail('one'), wait('P2D'), mail('two'), wait('P1D'), mail('three')));
    await story.customer('anna');
    await story.until('P1D');
    await act('pause');
    const answer = await put(200, { ...course(mail('one'), wait('P1D'), mail('three')), mapping: { two: 'three' } });
    expect(answer.inFlight).toMatchObject({ moved: 1, stayed: 0, exited: 0 });
    await story.until('P2D');
    expect(await story.ways('course')).toEqual({ anna: 'one' });
    await act('resume');
    await story.until('P1D');
    expect(await story.ways('course')).toEqual({ anna: 'one, three' });
  });

  it('a segment that only people in an earlier version are asked about cannot be deleted from under them', async () => {
    const segment = { key: 'vip', name: 'VIP', condition: { field: 'tags', op: 'contains', value: 'vip' } };
    await story.app.request('post', '/api/v1/segments').send(segment).expect(201);
    const ask = { kind: 'branch', if: { segment: 'vip' }, then: [mail('two'), wait('P1D')], else: [mail('three')] };
    await story.campaign(course(mail('one'), wait('P2D'), ask, mail('four')));
    await story.customer('anna', { tags: ['vip'] });
    await put(200, course(mail('one'), mail('four')), '');
    await story.app.request('delete', '/api/v1/segments/vip').expect(409);
    await story.until('P2D');
    // Behind the mail of the branch she waits for what comes after it.
    expect(await story.standing('course')).toEqual({ anna: 'active four' });
    await put(200, course(mail('one'), mail('four')));
    await story.app.request('delete', '/api/v1/segments/vip').expect(204);
    await story.until('P2D');
    expect(await story.ways('course')).toEqual({ anna: 'one, two, four' });
  });
});
