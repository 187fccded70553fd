import { parse } from 'csv-parse/sync';
import type { LiftPlan } from '../../../src/reports/lift-plan.service';
import type { PooledLiftReport } from '../../../src/reports/pooled-lift-report.service';
import { MeasuredFacts } from '../../support/measured-facts';
import { startTestApp, type TestApp } from '../../support/app';
import { unexplainedNulls } from '../../support/unexplained-nulls';

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp();
  const facts = new MeasuredFacts(app.database);
  const campaign = await facts.campaign('welcome', { holdout: 0.5 });
  for (let i = 0; i < 12; i++) {
    const customer = await facts.customer();
    const arm = i % 2 === 0 ? 'treatment' : 'holdout';
    const enrollment = await facts.enrollment({ customer, campaign, arm, enteredAt: '2026-01-10T08:00:00Z' });
    const status = arm === 'treatment' ? 'sent' : 'held_out';
    const message = await facts.message({ customer, campaign, enrollment, dueAt: '2026-01-10T08:00:00Z', status });
    if (i > 3) continue;
    if (status === 'sent') await facts.hit({ message, customer, at: '2026-01-11T08:00:00Z' });
    await facts.order({ customer, placedAt: '2026-01-12T08:00:00Z', total: 1990 });
  }
  // Whoever drives the clock works the orders off too.
  await app.advance('PT1H');
});
afterAll(() => app.close());

const get = (path: string) => app.request('get', `/api/v1/reports/campaigns/${path}`);

/** What every report carries; read from the database itself it has no replica. */
const HEAD = {
  ...{ asOf: expect.any(String) as string, definitions: '1', excluded: expect.any(Object) as object },
  ...{ dataThrough: expect.any(Object) as object, replica: null },
};

/** A campaign that has not begun. */
const PLANNED = {
  ...{ purpose: 'reactivation', basis: 'consent', trigger: { on: 'segment', segment: 'lapsed' } },
  ...{ entry: { limit: 'once' }, goal: { event: 'order.placed', within: 'P14D', exit: true }, maxLateness: 'P2D' },
};

/** What a table leaves out or names otherwise: it follows from what is beside it, or is no figure of the report. */
const DERIVED = /\.(excluded|dataThrough|forecastBasis|scale)\.|distribution\[|\.beside\.|\.baskets$/;

const namesIn = (path: string): string[] => path.split(/[.[\]]+/);
const lastName = (path: string): string => namesIn(path).findLast((name) => !/^\d*$/.test(name)) ?? '';

/** All numbers of an answer, by path. */
function figuresOf(value: unknown, at: string): Array<[string, number]> {
  if (typeof value === 'number') return [[at, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    figuresOf(inner, Array.isArray(value) ? `${at}[${key}]` : `${at}.${key}`),
  );
}

describe('reports over HTTP', () => {
  it('lift', async () => {
    const { body } = await get('welcome/lift?window=P14D').expect(200);
    expect(body).toMatchObject({
      window: 'P14D',
      epoch: 1,
      arms: {
        treatment: { customers: 6, repurchasers: 2, orders: 2, revenue: 39.8 },
        holdout: { customers: 6, repurchasers: 2, orders: 2, revenue: 39.8 },
      },
      immature: { treatment: 0, holdout: 0 },
      lift: { absolute: 0, relative: 0, pValue: 1, method: 'newcombe' },
      alwaysValid: { ci: null },
      sampleRatio: { expected: 0.5, observed: 0.5, pValue: 1, ok: true },
      power: { baseline: 2 / 6, customersNeeded: expect.any(Number) as number },
      verdict: 'not_readable',
      verdictBasis: 'always_valid',
      reasons: ['few_customers', 'few_events'],
    });
  });

  it('lift as CSV: every figure under its path', async () => {
    const response = await get('welcome/lift?window=P14D&format=csv').expect(200);
    expect(response.headers['content-type']).toMatch(/^text\/csv/);
    const rows = parse<{ figure: string; value: string }>(response.text, { columns: true });
    expect(rows).toContainEqual({ figure: 'arms.treatment.customers', value: '6' });
    expect(rows).toContainEqual({ figure: 'verdict', value: 'not_readable' });
    expect(Number(rows.find((row) => row.figure === 'lift.ci[0]')?.value)).toBeLessThan(0);
  });

  it('rows, paged and as one CSV', async () => {
    const page = await get('welcome/lift/rows?window=P14D&limit=5').expect(200);
    expect(page.body.items).toHaveLength(5);
    const next = await get(`welcome/lift/rows?window=P14D&limit=500&cursor=${page.body.nextCursor}`).expect(200);
    expect(next.body.items).toHaveLength(7);
    expect(next.body.nextCursor).toBeNull();
    const csv = await get('welcome/lift/rows?window=P14D&format=csv').buffer(true).expect(200);
    expect(csv.headers['content-type']).toMatch(/^text\/csv/);
    expect(csv.headers['report-as-of']).toBe(page.body.asOf);
    const rows = parse<Record<string, string>>(csv.text, { columns: true });
    expect(rows).toHaveLength(12);
    expect(rows.filter((row) => row.repurchased === 'true')).toHaveLength(4);
  });

  it('lift with the sections that were asked for', async () => {
    await get('welcome/lift?include=curves,balance').expect(200);
    const { body } = await get('welcome/lift?include=horoscope').expect(422);
    expect(body.errors).toMatchObject([{ path: 'include' }]);
  });

  it('the lift of all campaigns of a purpose, pooled, as CSV too', async () => {
    const facts = new MeasuredFacts(app.database);
    for (const key of ['back-a', 'back-b', 'back-empty']) {
      const campaign = await facts.campaign(key, { holdout: 0.5, purpose: 'reactivation' });
      for (let i = 0; i < (key === 'back-empty' ? 0 : 60); i++) {
        const customer = await facts.customer();
        const arm = i % 2 === 0 ? 'treatment' : 'holdout';
        await facts.enrollment({ customer, campaign, arm, enteredAt: '2026-01-10T08:00:00Z' });
        if (i < 20 && (arm === 'treatment' || i < 8)) {
          await facts.order({ customer, placedAt: '2026-01-12T08:00:00Z', total: 1000 });
        }
      }
    }
    await app.advance('PT1H');
    const pooled = (query: string) => app.request('get', `/api/v1/reports/pooled-lift?${query}`);
    const { body } = await pooled('purpose=reactivation&window=P14D').expect(200);
    expect(body).toMatchObject({
      pooled: true,
      excluded: { no_mature_customers: 1 },
      treatment: { customers: 60, repurchasers: 20 },
      holdout: { customers: 60, repurchasers: 8 },
      lift: { method: 'mantel_haenszel', absolute: 12 / 60 },
      verdictBasis: 'always_valid',
      verdict: 'inconclusive',
      reasons: [],
      undefinedBecause: {},
    });
    expect(body.lift.ci[0]).toBeGreaterThan(0);
    expect((body as PooledLiftReport).experiments.map((one) => [one.campaign, one.leftOut])).toEqual([
      ['back-a', null],
      ['back-b', null],
      ['back-empty', 'no_mature_customers'],
    ]);
    const csv = await pooled('purpose=reactivation&window=P14D&format=csv').expect(200);
    expect(csv.text).toMatch(/^lift\.method,mantel_haenszel/m);
    const none = await pooled('purpose=loyalty').expect(200);
    expect(none.body).toMatchObject({ verdict: 'not_readable', lift: { absolute: null }, experiments: [] });
    expect(none.body.undefinedBecause['lift.absolute']).toBe('no_experiments');
    await pooled('purpose=magic').expect(422);
    await pooled('purpose=loyalty&window=P1M').expect(422);
    await pooled('').expect(422);
  });

  it('the plan of a campaign that has not begun: from what people like these did', async () => {
    const facts = new MeasuredFacts(app.database);
    await facts.campaign('planned', PLANNED, { status: 'draft' });
    const plan = (query = '') => app.request('get', `/api/v1/campaigns/planned/lift-plan?${query}`);
    const blank = (await plan().expect(200)).body;
    expect(blank).toMatchObject({ window: 'P14D', shares: null, best: null, baseline: { rate: null, source: null } });
    expect(blank.undefinedBecause).toMatchObject({ shares: 'no_pace', 'entering.perWeek': 'no_history' });
    expect(unexplainedNulls(blank as object)).toEqual([]);
    expect(blank.advice[0]).toMatch(/\?baseline=/);
    for (let i = 0; i < 80; i++) {
      const customer = await facts.customer();
      await app.database.query(
        `insert into stage_transitions (customer_id, at, from_stage, to_stage, cause) values ($1, $2, 'recent', 'lapsed', $3)`,
        [customer, new Date('2026-01-05T00:00:00Z'), i < 60 ? 'time' : 'import'],
      );
      if (i % 10 === 0)
        await facts.order({ customer, placedAt: i < 30 ? '2026-01-08T00:00:00Z' : '2026-01-30T00:00:00Z' });
    }
    const { body } = await plan().expect(200);
    expect(body.baseline).toEqual({ rate: 0.05, people: 60, source: 'people_like_these' });
    expect(body.minimumEffect).toBeCloseTo(0.01, 12);
    expect(body.entering.source).toBe('people_like_these');
    expect((body as LiftPlan).shares?.map((row) => row.share)).toEqual([0.05, 0.1, 0.2, 0.3, 0.5]);
    expect(body.shares[1].customersNeeded).toBe(46_506);
    expect(unexplainedNulls(body as object)).toEqual([]);
    expect(body.undefinedBecause.best).toBe('not_within_a_year');
    const told = (await plan('perWeek=5000&baseline=0.2&minimumEffect=0.05').expect(200)).body;
    expect(told.best.share).toBeLessThan(0.5);
    expect((told as LiftPlan).advice.join(' ')).toMatch(/from 20 % to 25 %/);
    expect((await plan('format=csv').expect(200)).text).toMatch(/^shares\[1\]\.customersNeeded,46506/m);
    await plan('baseline=2').expect(422);
    await app.request('get', '/api/v1/campaigns/nobody/lift-plan').expect(404);
    // The orders are worked off, or the next report would wait for them.
    await app.advance('PT1H');
  });

  it('funnel and attribution, both as CSV too', async () => {
    const funnel = await get('welcome/funnel').expect(200);
    expect(funnel.body.steps[0]).toMatchObject({ step: 'one', due: 12, sent: 6, heldOut: 6, converted: 2 });
    const attribution = await get('welcome/attribution').expect(200);
    expect(attribution.body.models.last_click).toMatchObject({ orders: 2, revenue: 39.8 });
    expect(attribution.body.uncredited).toEqual({ orders: 2, revenue: 39.8 });
    for (const [path, lines] of [
      ['welcome/funnel?format=csv', 3],
      ['welcome/attribution?format=csv', 17],
    ] as const) {
      const { text } = await get(path)
        .expect(200)
        .expect('content-type', /text\/csv/);
      expect(text.trim().split('\r\n')).toHaveLength(lines);
    }
  });

  it('retention and cohorts, broken down, both as CSV too', async () => {
    const reports = (path: string) => app.request('get', `/api/v1/reports/${path}`);
    // All that the tests of this file let buy, they let buy in January.
    const [{ n } = { n: 0 }] = await app.database.query<{ n: number }>(
      'select count(distinct customer_id)::int as n from orders',
    );
    const retention = await reports('retention?from=2026-01-01&to=2026-02-01&interval=month&by=source').expect(200);
    expect(retention.body).toMatchObject({
      by: 'source',
      basis: 'activity',
      periods: [{ customersAtEnd: n, newCustomers: n }],
    });
    expect(retention.body.groups).toHaveLength(1);
    const cohorts = await reports('cohorts').expect(200);
    expect(cohorts.body).toMatchObject({ interval: 'month', by: null });
    expect(cohorts.body.cohorts[0]).toMatchObject({ from: '2026-01-01', customers: n });
    for (const [path, column, lines] of [
      ['retention?from=2026-01-01&to=2026-02-01&interval=month&by=source&format=csv', 'source', 2],
      ['retention?from=2026-01-01&to=2026-02-01&interval=month&basis=stage&format=csv', 'from', 1],
      ['cohorts?format=csv', 'from', undefined],
      ['lifecycle?from=2026-01-01&to=2026-02-01&format=csv', 'kind', undefined],
      ['value?format=csv', 'figure', undefined],
      ['affinities?format=csv', 'a', 0],
    ] as const) {
      const { text } = await reports(path)
        .expect(200)
        .expect('content-type', /text\/csv/);
      const [head = [], ...rows]: string[][] = parse(text);
      expect(head[0]).toBe(column);
      if (lines !== undefined) expect(rows).toHaveLength(lines);
    }
  });

  it.each([
    ['retention?from=2026-02-01&to=2026-01-01', 'to'],
    ['retention?from=2026-01-01', 'to'],
    ['retention?from=2026-01-01&to=2026-02-01&interval=day', 'interval'],
    ['retention?from=2026-01-01&to=2026-02-01&basis=age', 'basis'],
    ['retention?from=2026-01-01&to=2026-02-01&by=city', 'by'],
    ['retention?from=2026-01-01&to=2026-02-01&asOf=2030-01-01T00:00:00Z', 'asOf'],
    ['cohorts?interval=day', 'interval'],
    ['cohorts?from=2026-02-01&to=2026-01-01', 'to'],
    ['cohorts?by=city', 'by'],
    ['cohorts?asOf=yesterday', 'asOf'],
    ['lifecycle?from=2026-02-01&to=2026-01-01', 'to'],
    ['value?calibrationEnd=2026-02-30', 'calibrationEnd'],
  ])('%s is a 422 that names %s too', async (path, name) => {
    const { errors } = (await app.request('get', `/api/v1/reports/${path}`).expect(422)).body as {
      errors: Array<{ path: string }>;
    };
    expect(errors.map((error) => error.path)).toContain(name);
  });

  it.each([
    ['lift?window=P0D', 'window'],
    ['funnel?window=PT0H', 'window'],
    ['attribution?window=P0D', 'window'],
    ['lift?window=soon', 'window'],
    ['lift?window=P1M', 'window'],
    ['lift?window=P14D&window=P7D', 'window'],
    ['lift?epoch=0', 'epoch'],
    ['lift?epoch=x', 'epoch'],
    ['lift?epoch=7', 'epoch'],
    ['lift?start=later', 'start'],
    ['lift?format=xml', 'format'],
    ['lift?asOf=yesterday', 'asOf'],
    ['lift?asOf=2026-01-01', 'asOf'],
    ['lift?asOf=2026-02-30T00:00:00Z', 'asOf'],
    ['lift?asOf=2030-01-01T00:00:00Z', 'asOf'],
    ['lift?colour=red', 'colour'],
    ['lift/rows?limit=501', 'limit'],
    ['lift/rows?cursor=WyJ4Il0', 'cursor'],
    ['lift/rows?format=csv&window=P1Y', 'window'],
    ['funnel?window=P2Y', 'window'],
    ['attribution?window=P91D', 'window'],
  ])('%s is a 422 that names %s', async (path, name) => {
    const { errors } = (await get(`welcome/${path}`).expect(422)).body as { errors: Array<{ path: string }> };
    expect(errors.map((error) => error.path)).toContain(name);
  });

  describe('every route of the document', () => {
    let routes: Array<{ at: string; takes: Set<string> }> = [];
    const asked = (at: string, query: string) => {
      const needed = [
        ...(at.endsWith('/pooled-lift') ? ['purpose=loyalty'] : []),
        ...(at.endsWith('/retention') && !query.includes('from=') ? ['from=2026-01-01&to=2026-03-01'] : []),
      ];
      const ref = at.includes('/surveys/') ? 'ask' : 'welcome';
      return app.request('get', `${at.replace('{ref}', ref)}?${[...needed, query].join('&')}`);
    };
    const faultsOf = async (at: string, query: string): Promise<string[]> => {
      const { body } = await asked(at, query).expect(422);
      return (body as { errors: Array<{ path: string }> }).errors.map(({ path }) => path);
    };

    beforeAll(async () => {
      const survey = { key: 'ask', kind: 'loyalty', scale: { min: 0, max: 10 }, question: { en: 'Q?' } };
      await app.request('post', '/api/v1/surveys').send(survey).expect(201);
      const { body } = await app.request('get', '/api/openapi.json', null).expect(200);
      const { paths } = body as { paths: Record<string, { get?: { parameters?: Array<{ name: string }> } }> };
      routes = Object.entries(paths)
        .filter(([at, { get: read }]) => read && /^\/api\/v1\/(reports\/|calendar|campaigns\/.*lift-plan)/.test(at))
        .map(([at, { get: read }]) => ({ at, takes: new Set((read?.parameters ?? []).map(({ name }) => name)) }));
      expect(routes.length).toBeGreaterThan(14);
    });

    it('says as of when, by which rules, and how old what it read is', async () => {
      for (const { at } of routes.filter((one) => !/\.ics$|lift-plan$/.test(one.at))) {
        const { body } = await asked(at, '').expect(200);
        expect([at, body]).toEqual([at, expect.objectContaining(HEAD)]);
      }
      // The one whose campaign has not begun.
      await new MeasuredFacts(app.database).campaign('draft', PLANNED, { status: 'draft' });
      const { body } = await app.request('get', '/api/v1/campaigns/draft/lift-plan').expect(200);
      expect(body).toMatchObject(HEAD);
    });

    it('says why whatever is null is null', async () => {
      const found: string[] = [];
      for (const { at } of routes.filter((one) => !/\.ics$|lift\/rows$|lift-plan$/.test(one.at))) {
        const { body } = await asked(at, '').expect(200);
        found.push(...unexplainedNulls(body as object).map((fault) => `${at}: ${fault}`));
      }
      expect(found).toEqual([]);
    });

    it('has a CSV that holds every figure of the JSON', async () => {
      const lost: string[] = [];
      for (const { at, takes } of routes.filter((one) => !/\.ics$|lift\/rows$|lift-plan$/.test(one.at))) {
        expect([at, takes.has('format')]).toEqual([at, true]);
        const { body } = await asked(at, '').expect(200);
        const { text, headers } = await asked(at, 'format=csv')
          .expect(200)
          .expect('content-type', /^text\/csv/);
        expect([at, headers['report-as-of']]).toEqual([at, (body as { asOf: string }).asOf]);
        const table: string[][] = parse(text);
        const cells = new Set(table.flat());
        // Columns of a table, and the names in a list of figures.
        const names = new Set([...cells].flatMap(namesIn));
        const kept = figuresOf(body, at).filter(([path]) => !DERIVED.test(path));
        lost.push(
          ...kept.filter(([path, value]) => !cells.has(String(value)) || !names.has(lastName(path))).map(String),
        );
      }
      expect(lost).toEqual([]);
    });

    it('refuses a window of zero, and names it', async () => {
      const windowed = routes.filter(({ takes }) => takes.has('window'));
      expect(windowed.length).toBeGreaterThan(5);
      for (const { at } of windowed)
        for (const zero of ['P0D', 'PT0H', 'P0W'])
          expect([at, await faultsOf(at, `window=${zero}`)]).toEqual([at, ['window']]);
    });

    it('refuses a span of nothing and one that runs backwards, and answers one that has not come', async () => {
      const spans = routes.filter(({ takes }) => takes.has('from') && takes.has('to'));
      expect(spans.length).toBeGreaterThan(5);
      for (const { at } of spans) {
        for (const span of ['from=2026-02-01&to=2026-02-01', 'from=2026-02-01&to=2026-01-01'])
          expect([at, span, await faultsOf(at, span)]).toEqual([at, span, ['to']]);
        const { status, body } = await asked(at, 'from=2031-01-01&to=2031-02-01');
        expect([at, status]).toEqual([at, 200]);
        if (!at.endsWith('.ics')) expect([at, unexplainedNulls(body as object)]).toEqual([at, []]);
      }
    });
  });

  it('an unknown campaign is a 404, in every report and form', async () => {
    for (const path of ['lift', 'lift/rows', 'lift/rows?format=csv', 'funnel', 'attribution']) {
      await get(`nobody/${path}`).expect(404);
    }
  });
});
