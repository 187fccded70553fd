import { startTestApp, type TestApp } from '../../support/app';
import { givenTemplate } from '../../support/campaign-facts';

const MAIL = { kind: 'email', key: 'one', template: 'w1' };
const IF = { field: 'locale', op: 'eq', value: 'it' };
const BAD = { all: [IF, { field: 'shoe.size', op: 'eq', value: 43 }] };
const handOver = (campaign: string) => [{ kind: 'enroll', campaign }];

interface Answer {
  errors?: Array<{ path: string; message: string }>;
  warnings?: Array<{ path: string; message: string }>;
}

describe('the language of campaigns over HTTP', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
    await givenTemplate(service.database, 'w1', { variables: ['customer.firstName'] });
    await givenTemplate(service.database, 'ordered', { variables: ['order.total'] });
  });
  afterAll(() => service.close());

  const definition = (key: string, change: object = {}) => ({
    key,
    name: key,
    trigger: { on: 'manual' },
    steps: [MAIL],
    ...change,
  });
  const post = (key: string, change: object = {}) =>
    service.request('post', '/api/v1/campaigns').send(definition(key, change));
  const put = (key: string, change: object = {}) =>
    service.request('put', `/api/v1/campaigns/${key}`).send(definition(key, change));
  const act = (key: string, action: string) => service.request('post', `/api/v1/campaigns/${key}/${action}`).send({});
  const remove = (path: string) => service.request('delete', `/api/v1/${path}`);
  const faults = ({ body }: { body: unknown }): string[] => ((body as Answer).errors ?? []).map(({ path }) => path);
  const warned = ({ body }: { body: unknown }): string[] => ((body as Answer).warnings ?? []).map(({ path }) => path);

  it('tells the faults of shape, of what is named and of conditions in one answer', async () => {
    const answer = await post('bad', {
      audience: BAD,
      exitWhen: { field: 'stage', op: 'like', value: 'x' },
      trigger: { on: 'schedule', cron: '99 9 * * 1', timezone: 'Europe/Atlantis', segment: 'nobody' },
      sendWindow: { from: '09:00', timezone: 'customer' },
      steps: [
        { kind: 'branch', if: BAD, then: [{ kind: 'email', key: 'a', template: 'missing' }] },
        { kind: 'split', key: 's', arms: [{ name: 'x', weight: 0, steps: [] }] },
        ...handOver('nowhere'),
        { kind: 'exit' },
        MAIL,
      ],
    }).expect(422);
    expect(faults(answer).sort()).toEqual(
      [
        'audience.all[1].field',
        'exitWhen.op',
        'trigger.cron',
        'trigger.timezone',
        'trigger.segment',
        'sendWindow.to',
        'steps[0].if.all[1].field',
        'steps[0].then[0].template',
        'steps[1].arms',
        'steps[1].arms[0].weight',
        'steps[2].campaign',
        'steps[4]',
      ].sort(),
    );
  });

  it('shows what was written, and warns of empty variables wherever the mail stands', async () => {
    const steps = [
      { kind: 'waitFor', event: 'order.placed', within: 'P7D', then: [{ kind: 'exit' }], else: [MAIL] },
      {
        kind: 'split',
        key: 'subject',
        arms: [
          { name: 'a', weight: 1, steps: [{ ...MAIL, key: 'two', template: 'ordered', maxLateness: 'PT6H' }] },
          { name: 'b', weight: 3, steps: [] },
        ],
      },
    ];
    const sendWindow = { days: ['mon', 'fri'], from: '09:00', to: '20:00', timezone: 'customer' };
    const made = await post('nested', { steps, exitWhen: IF, sendWindow }).expect(201);
    expect(made.body).toMatchObject({ steps, exitWhen: IF, sendWindow });
    expect(warned(made)).toEqual([
      'steps[1].arms[0].steps[0].template',
      'maxLateness',
      'steps[1].arms[0].steps[0].maxLateness',
    ]);
    const copy = await act('nested', 'duplicate').expect(201);
    expect(copy.body).toMatchObject({ key: 'nested-copy', steps, exitWhen: IF, sendWindow });
  });

  it('starts by segments of the shop, built-in ones by their names', async () => {
    const condition = { field: 'tags', op: 'contains', value: 'vip' };
    const segment = await service
      .request('post', '/api/v1/segments')
      .send({ key: 'vip', name: 'VIP', condition })
      .expect(201);
    const { id } = segment.body as { id: string };
    await post('by-key', { trigger: { on: 'segment', segment: 'vip' } }).expect(201);
    await post('by-id', { trigger: { on: 'segment', segment: id, when: 'leaves' } }).expect(201);
    const lapsed = await service.request('get', '/api/v1/segments/lapsed').expect(200);
    const byId = await post('x', { trigger: { on: 'segment', segment: (lapsed.body as { id: string }).id } }).expect(
      422,
    );
    expect(faults(byId)).toEqual(['trigger.segment']);
    await remove('segments/vip').expect(409);
    await remove('campaigns/by-key').expect(204);
    await remove('segments/vip').expect(409);
    await remove('campaigns/by-id').expect(204);
    for (const change of [
      { steps: [{ kind: 'branch', if: { not: { segment: 'vip' } }, then: [MAIL] }] },
      { exitWhen: { any: [IF, { segment: 'vip' }] } },
      { trigger: { on: 'date', at: '2026-12-01T09:00:00', timezone: 'customer', segment: 'vip' } },
    ]) {
      await post('uses-vip', change).expect(201);
      await remove('segments/vip').expect(409);
      await remove('campaigns/uses-vip').expect(204);
    }
    await remove('segments/vip').expect(204);
  });

  it('calls nobody inside', async () => {
    const urls = [
      'https://10.0.0.1/',
      'https://localhost/x',
      'https://[::1]/',
      'https://0x7f.1/',
      'https://169.254.169.254/',
    ];
    const steps = urls.map((url) => ({ kind: 'webhook', url }));
    expect(faults(await post('x', { steps }).expect(422))).toEqual(urls.map((_, index) => `steps[${index}].url`));
    await post('calls', { steps: [{ kind: 'webhook', url: 'https://hooks.example.com/x' }] }).expect(201);
  });

  it('warns of what comes again and again and takes each in once', async () => {
    const trigger = { on: 'anniversary', field: 'createdAt', at: '09:00' };
    expect(warned(await post('yearly', { trigger }).expect(201))).toEqual(['entry.limit']);
    expect(warned(await put('yearly', { trigger, entry: { limit: 'unlimited' } }).expect(200))).toEqual([]);
  });

  describe('hand-overs', () => {
    it('to what is idle are warned of, to what is missing or archived refused', async () => {
      await post('gone').expect(201);
      await act('gone', 'archive').expect(200);
      expect(faults(await post('x', { steps: handOver('gone') }).expect(422))).toEqual(['steps[0].campaign']);
      expect(faults(await post('x', { steps: handOver('x') }).expect(422))).toEqual(['steps[0].campaign']);
      await post('aim').expect(201);
      const made = await post('gives', { steps: handOver('aim') }).expect(201);
      expect((made.body as Answer).warnings).toEqual([
        { path: 'steps[0].campaign', message: 'the campaign aim is a draft; it takes nobody in' },
      ]);
      await remove('campaigns/aim').expect(409);
      await service.request('put', '/api/v1/campaigns/aim').send(definition('target')).expect(409);
      await act('aim', 'activate').expect(200);
      expect(warned(await act('gives', 'activate').expect(200))).toEqual([]);
      await act('aim', 'pause').expect(200);
      const name = 'Gives more';
      expect(warned(await put('gives', { steps: handOver('aim'), name }).expect(200))).toEqual(['steps[0].campaign']);
    });

    it('that lead back are warned of in a draft and refused at activation, with the circle named', async () => {
      await post('c').expect(201);
      await post('b', { steps: handOver('c') }).expect(201);
      await post('a', { steps: [{ kind: 'branch', if: IF, then: handOver('b') }] }).expect(201);
      const closing = await put('c', { steps: handOver('a') }).expect(200);
      expect((closing.body as Answer).warnings).toContainEqual({
        path: 'steps[0].campaign',
        message: 'leads back to this campaign: c -> a -> b -> c',
      });
      const refused = await act('a', 'activate').expect(422);
      expect((refused.body as Answer).errors).toEqual([
        { path: 'steps[0].then[0].campaign', message: 'leads back to this campaign: a -> b -> c -> a' },
      ]);
      await put('c').expect(200);
      for (const key of ['a', 'b', 'c']) await act(key, 'activate').expect(200);
      expect(faults(await put('c', { steps: handOver('a') }).expect(422))).toEqual(['steps[0].campaign']);
      expect(faults(await put('c', { steps: handOver('c') }).expect(422))).toEqual(['steps[0].campaign']);
    });

    it('two campaigns cannot close a circle at the same moment', async () => {
      for (const key of ['left', 'right']) await post(key).expect(201);
      for (const key of ['left', 'right']) await act(key, 'activate').expect(200);
      const answers = await Promise.all([
        put('left', { steps: handOver('right') }),
        put('right', { steps: handOver('left') }),
      ]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    });
  });

  it('tells the difference between two versions', async () => {
    await post('told', { steps: [MAIL, { kind: 'wait', for: 'P1D' }, { ...MAIL, key: 'two' }] }).expect(201);
    await act('told', 'activate').expect(200);
    await put('told', { priority: 70, steps: [MAIL, { kind: 'tag', add: ['x'] }] }).expect(200);
    const diff = (query: string) => service.request('get', `/api/v1/campaigns/told/versions/diff?${query}`);
    expect((await diff('from=1&to=2').expect(200)).body).toEqual({
      from: 1,
      to: 2,
      fields: [{ path: 'priority', before: 50, after: 70 }],
      steps: {
        added: [{ step: 'steps[1]', path: 'steps[1]', kind: 'tag' }],
        removed: [
          { step: 'steps[1]', path: 'steps[1]', kind: 'wait' },
          { step: 'two', path: 'steps[2]', kind: 'email' },
        ],
        moved: [],
        changed: [],
      },
    });
    expect(faults(await diff('from=1&to=9').expect(422))).toEqual(['to']);
    expect(new Set(faults(await diff('from=x').expect(422)))).toEqual(new Set(['from', 'to']));
  });

  it('the served document knows the whole language', async () => {
    const { body } = await service.request('get', '/api/openapi.json').expect(200);
    const { components } = body as {
      components: { schemas: Record<string, { oneOf?: Array<{ properties: { kind: { enum: string[] } } }> }> };
    };
    expect(components.schemas['CampaignStep']?.oneOf?.map((one) => one.properties.kind.enum[0])).toEqual([
      ...['email', 'wait', 'waitFor', 'branch', 'split', 'tag', 'webhook', 'enroll', 'exit'],
    ]);
  });
});
