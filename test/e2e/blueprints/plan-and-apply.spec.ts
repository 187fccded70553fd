import { type Blueprint, type BlueprintPlan } from '../../../src/blueprints/blueprint.types';
import { startTestApp, type TestApp } from '../../support/app';

const PLAN = '/api/v1/blueprints/plan';
const APPLY = '/api/v1/blueprints/apply';
const EXPORT = '/api/v1/blueprints/export';

const mjml = (text: string): string =>
  `<mjml><mj-body><mj-section><mj-column><mj-text>${text} <a href="{{links.unsubscribe}}">out</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

const hello = {
  key: 'hello',
  name: 'Hello',
  kind: 'marketing' as const,
  defaultLocale: 'en',
  locales: { en: { subject: 'Hello {{customer.firstName}}', mjml: mjml('Hello') } },
};
const vip = { key: 'vip', name: 'VIP', condition: { field: 'tags', op: 'contains', value: 'vip' } };
const welcome = {
  key: 'welcome',
  name: 'Welcome',
  trigger: { on: 'event', event: 'customer.created' },
  audience: { segment: 'vip' },
  steps: [
    { kind: 'email', key: 'hello', template: 'hello' },
    { kind: 'wait', for: 'P3D' },
    { kind: 'email', key: 'again', template: 'hello' },
  ],
};
const shop = { segments: [vip], templates: [hello], campaigns: [{ ...welcome, status: 'active' }] };

describe('the content of a shop as a whole', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
    const people = [
      { externalId: 'c1', email: 'anna@example.com', tags: ['vip'], consent: { status: 'subscribed' } },
      { externalId: 'c2', email: 'bruno@example.com', tags: ['vip'] },
      { externalId: 'c3', email: 'carla@example.com', consent: { status: 'subscribed' } },
    ];
    await signUp(people);
  });
  afterAll(() => app.close());

  async function signUp(people: object[]): Promise<void> {
    const now = (await app.request('get', '/api/v1/test-clock')).body.now as string;
    const events = people.map((data) => ({
      id: `up-${(data as { externalId: string }).externalId}`,
      type: 'customer.created',
      occurredAt: now,
      data,
    }));
    await app.request('post', '/api/v1/events').send(events).expect(202);
    await app.advance('PT1S');
  }
  const plan = async (body: object): Promise<BlueprintPlan> =>
    (await app.request('post', PLAN).send(body).expect(200)).body as BlueprintPlan;
  const apply = async (body: object): Promise<BlueprintPlan> =>
    (await app.request('post', APPLY).send(body).expect(200)).body as BlueprintPlan;
  const exported = async (): Promise<Blueprint> => (await app.request('get', EXPORT).expect(200)).body as Blueprint;
  const item = (of: BlueprintPlan, key: string) => of.items.find((one) => one.key === key)!;

  it('is planned with whom it concerns, and nothing of it stays', async () => {
    const answer = await plan(shop);
    expect(answer).toMatchObject({ applied: false, changes: true, summary: { create: 3 } });
    expect(answer.items.map(({ kind, key, action }) => [kind, key, action])).toEqual([
      ['segment', 'vip', 'create'],
      ['template', 'hello', 'create'],
      ['campaign', 'welcome', 'create'],
    ]);
    expect(item(answer, 'vip').people).toEqual({ matched: 2, mailable: 1 });
    expect(item(answer, 'vip').usedBy).toEqual(['campaign welcome']);
    expect(item(answer, 'welcome')).toMatchObject({
      status: { before: null, after: 'active' },
      version: { before: null, after: 1 },
      people: { matched: 2, mailable: 1 },
    });
    expect(answer.basis).toEqual({ 'segment:vip': null, 'template:hello': null, 'campaign:welcome': null });
    expect(await exported()).toEqual({ surveys: [], segments: [], templates: [], campaigns: [] });
    const audit = (await app.request('get', '/api/v1/audit-log')).body.items as Array<{ action: string }>;
    expect(audit.filter(({ action }) => /segment|template|campaign/.test(action))).toEqual([]);
  });

  it('is applied as a whole, each change in the audit log, and nothing is left to change', async () => {
    const planned = await plan(shop);
    const answer = await apply({ ...shop, basis: planned.basis });
    expect(answer).toMatchObject({ applied: true, changes: true, summary: { create: 3 } });
    expect((await app.request('get', '/api/v1/campaigns/welcome')).body).toMatchObject({
      status: 'active',
      liveVersion: 1,
    });
    const audit = (await app.request('get', '/api/v1/audit-log')).body.items as Array<{
      action: string;
      actor: string;
    }>;
    expect(
      audit
        .slice(0, 4)
        .map(({ action }) => action)
        .sort(),
    ).toEqual(['campaign.activate', 'campaign.create', 'segment.create', 'template.create']);
    expect(await plan(shop)).toMatchObject({ changes: false, summary: { unchanged: 3 } });
    expect(await apply(shop)).toMatchObject({ changes: false, summary: { unchanged: 3 } });
  });

  it('is exported as what plan says "no changes" to, here and after it was applied', async () => {
    const content = await exported();
    expect(content.segments).toEqual([vip]);
    expect(content.templates).toEqual([hello]);
    expect(content.campaigns[0]).toMatchObject({ ...welcome, status: 'active', holdout: 0, basis: 'consent' });
    expect(await plan(content)).toMatchObject({ changes: false });
  });

  it('tells what an edit changes, and who finishes the version that they are in', async () => {
    await signUp([{ externalId: 'c4', email: 'dora@example.com', tags: ['vip'], consent: { status: 'subscribed' } }]);
    const [first, , last] = welcome.steps;
    const edited = {
      segments: [{ ...vip, condition: { field: 'tags', op: 'exists', value: true } }],
      templates: [{ ...hello, locales: { en: { ...hello.locales.en, subject: 'Ciao' } } }],
      campaigns: [{ ...welcome, priority: 60, steps: [first, { kind: 'wait', for: 'P5D' }, last] }],
    };
    const answer = await plan(edited);
    expect(item(answer, 'welcome')).toMatchObject({
      action: 'update',
      version: { before: 1, after: 2 },
      changes: [
        { path: 'steps[1].for', kind: 'changed', before: 'P3D', after: 'P5D' },
        { path: 'priority', kind: 'changed', before: 50, after: 60 },
      ].sort((a, b) => (a.path < b.path ? -1 : 1)),
      people: { inFlight: [{ campaign: 'welcome', version: 1, customers: 1 }] },
    });
    expect(item(answer, 'welcome')).not.toHaveProperty('status');
    expect(item(answer, 'hello')).toMatchObject({
      changes: [{ path: 'locales.en.subject', before: 'Hello {{customer.firstName}}', after: 'Ciao' }],
      usedBy: ['campaign welcome'],
      people: { inFlight: [{ campaign: 'welcome', version: 1, customers: 1 }] },
    });
    expect(item(answer, 'vip').people).toMatchObject({ matchedBefore: 3 });
    await apply({ ...edited, basis: answer.basis });
    expect(await plan(edited)).toMatchObject({ changes: false });
    const enrollments = (await app.request('get', '/api/v1/campaigns/welcome/enrollments')).body.items as object[];
    expect(enrollments).toMatchObject([{ version: 1, status: 'active' }]);
  });

  it('is not applied at all when one thing is at fault; all faults are told at their places', async () => {
    const before = await exported();
    const answer = await app
      .request('post', APPLY)
      .send({
        segments: [{ key: 'new', name: 'New', condition: { field: 'nothing', op: 'eq', value: 1 } }],
        templates: [
          { ...hello, key: 'broken', locales: { en: { subject: 'x', mjml: '<mjml>\n<mj-nothing/></mjml>' } } },
        ],
        campaigns: [
          { ...welcome, key: 'other', name: 'Other', audience: { segment: 'vip' } },
          {
            ...welcome,
            key: 'late',
            audience: { segment: 'new' },
            steps: [
              { kind: 'wait', for: 'soon' },
              { kind: 'email', key: 'a', template: 'broken' },
            ],
          },
          { ...welcome, key: 'welcome', status: 'draft' },
        ],
        surveys: [{ key: 'nps', kind: 'nps' }],
      })
      .expect(422);
    const faults = answer.body.errors as Array<{ path: string; line?: number }>;
    expect(faults.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'surveys[0].question',
        'segments[0].condition.field',
        'templates[0].locales.en.mjml',
        'campaigns[1].steps[0].for',
        'campaigns[2].status',
      ]),
    );
    // What only follows from another fault is not told: the segment and the template that are at fault themselves.
    expect(faults.some(({ path }) => path === 'campaigns[1].steps[1].template' || path.includes('audience'))).toBe(
      false,
    );
    expect(faults.find(({ path }) => path === 'templates[0].locales.en.mjml')).toHaveProperty('line');
    expect(await exported()).toEqual(before);
  });

  it('is refused when somebody changed something in between', async () => {
    const content = await exported();
    const edited = { ...content, campaigns: content.campaigns.map((one) => ({ ...one, name: 'Renamed' })) };
    const { basis } = await plan(edited);
    const [campaign] = content.campaigns;
    const { status: _status, ...definition } = campaign!;
    await app
      .request('put', '/api/v1/campaigns/welcome')
      .send({ ...definition, priority: 61 })
      .expect(200);
    const answer = await app
      .request('post', APPLY)
      .send({ ...edited, basis })
      .expect(412);
    expect(answer.body.errors).toEqual([
      { path: 'basis.campaign:welcome', message: expect.stringContaining('was changed since the plan') },
    ]);
    expect((await exported()).campaigns[0]).toMatchObject({ name: 'Welcome', priority: 61 });
  });

  it('lets what is missing stand; pruning archives campaigns and deletes drafts and unused segments', async () => {
    const content = await exported();
    await apply({
      segments: [
        { key: 'left', name: 'Left', condition: { segment: 'base' } },
        { ...vip, key: 'base', name: 'Base' },
      ],
      campaigns: [{ ...welcome, key: 'draft', name: 'Draft' }],
    });
    const without = { segments: [], templates: [], campaigns: [] };
    expect(await plan(without)).toMatchObject({ changes: false, summary: { missing: 6 } });
    const partly = { ...content, campaigns: [] };
    const answer = await plan({ ...partly, prune: true });
    expect(answer.items.filter(({ action }) => action !== 'unchanged').map(({ key, action }) => [key, action])).toEqual(
      [
        ['base', 'delete'],
        ['left', 'delete'],
        ['draft', 'delete'],
        ['welcome', 'archive'],
      ],
    );
    expect(item(answer, 'welcome').people).toEqual({ inFlight: [{ campaign: 'welcome', version: 1, customers: 1 }] });
    const keep = await plan({ ...content, segments: [], templates: [], prune: true });
    expect(item(keep, 'vip')).toMatchObject({
      action: 'missing',
      kept: expect.stringContaining('in use: campaign welcome'),
    });
    expect(item(keep, 'hello')).toMatchObject({ action: 'missing', kept: expect.stringContaining('not deleted') });
    await apply({ ...partly, prune: true, basis: answer.basis });
    expect(await exported()).toEqual({ ...partly, campaigns: [] });
    expect((await app.request('get', '/api/v1/campaigns/welcome')).body.status).toBe('archived');
    expect(await plan({ ...partly, prune: true })).toMatchObject({ changes: false });
    const again = await app.request('post', PLAN).send(content).expect(422);
    expect(again.body.errors).toEqual([{ path: 'campaigns[0].status', message: expect.stringContaining('archived') }]);
  });

  it('applied twice at the same time is applied once', async () => {
    const wish = { templates: [{ ...hello, key: 'twice' }] };
    const { basis } = await plan(wish);
    const answers = await Promise.all([1, 2, 3].map(() => app.request('post', APPLY).send({ ...wish, basis })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });

  it('is for those who edit; reading it for those who read', async () => {
    const keyOf = async (role: string): Promise<string> =>
      (await app.request('post', '/api/v1/api-keys').send({ name: role, role })).body.key as string;
    const [analyst, marketer, storefront] = [
      await keyOf('analyst'),
      await keyOf('marketer'),
      await keyOf('storefront'),
    ];
    await app.request('get', EXPORT, analyst).expect(200);
    await app.request('post', PLAN, analyst).send({}).expect(403);
    await app.request('get', EXPORT, storefront).expect(403);
    await app.request('post', PLAN, null).send({}).expect(401);
    await app.request('post', APPLY, marketer).send({}).expect(200);
  });

  it('may be large, within bounds, and no shape of it breaks the service', async () => {
    const text = 'x'.repeat(190_000);
    const templates = Array.from({ length: 20 }, (_, n) => ({
      ...hello,
      key: `large-${n}`,
      locales: { en: { subject: 'Large', mjml: mjml('Large'), text: text.slice(0, 99_000) } },
    }));
    expect(JSON.stringify(templates).length).toBeGreaterThan(1024 * 1024);
    expect(await plan({ templates })).toMatchObject({ summary: { create: 20 } });
    const tooLarge = { templates: Array.from({ length: 90 }, (_, n) => ({ key: `t-${n}`, text })) };
    await app.request('post', PLAN).send(tooLarge).expect(413);
    await app
      .request('post', '/api/v1/segments')
      .send({ key: 'a', name: text.repeat(6), condition: {} })
      .expect(413);
    const deep = `{"segments":[{"key":"deep","name":"Deep","condition":${'{"not":'.repeat(100_000)}1${'}'.repeat(100_000)}}]}`;
    const answer = await app.request('post', PLAN).set('content-type', 'application/json').send(deep).expect(422);
    expect(answer.body.errors[0].message).toBe('is nested more than 200 deep');
    for (const body of [
      [],
      [1],
      { segments: 1 },
      { campaigns: [null] },
      { templates: [{ key: 'A B' }] },
      { prune: 'yes' },
    ]) {
      await app.request('post', PLAN).send(body).expect(422);
    }
    await app
      .request('post', APPLY)
      .send({ basis: { a: 'b' } })
      .expect(422);
  });
});
