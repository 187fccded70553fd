import fc from 'fast-check';
import { type Blueprint, type BlueprintPlan } from '../../../src/blueprints/blueprint.types';
import { parseFiles } from '../../../src/blueprints/domain/parse-files';
import { printFiles } from '../../../src/blueprints/domain/print-files';
import { loadShipped } from '../../../src/blueprints/shipped-content';
import { startTestApp, type TestApp } from '../../support/app';

type Json = Record<string, unknown>;

const mjml = (text: string): string =>
  `<mjml><mj-body><mj-section><mj-column><mj-text>${text} <a href="{{links.unsubscribe}}">out</a></mj-text></mj-column></mj-section></mj-body></mjml>\n`;

const word = fc.constantFrom('città', 'no', '1.0', '2026-01-01', '- x', 'a: b', "l'aria", '~', '#1', ' pad ', '09:00');
const text = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join('\n'));
const duration = fc.constantFrom('P1D', 'P30D', 'PT4H', 'P1M');
const time = fc.constantFrom('09:00', '23:30');

/** Conditions over fields, events and the segments named. */
const condition = (segments: readonly string[]): fc.Arbitrary<Json> =>
  fc.letrec<{ any: Json }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({ field: fc.constant('attributes.note'), op: fc.constantFrom('eq', 'neq'), value: word }),
      fc.record({ field: fc.constant('orders.count'), op: fc.constant('gte'), value: fc.nat(9), within: duration }),
      fc.record({ field: fc.constant('tags'), op: fc.constant('contains'), value: word }),
      fc.record({
        event: fc.constant('page.viewed'),
        where: fc.record({ path: word }),
        atLeast: fc.integer({ min: 1, max: 5 }),
      }),
      segments.length > 0 ? fc.record({ segment: fc.constantFrom(...segments) }) : fc.constant({ segment: 'lapsed' }),
      fc.array(tie('any'), { minLength: 1, maxLength: 2 }).map((all): Json => ({ all })),
      tie('any').map((not): Json => ({ not })),
    ),
  })).any;

/** Steps of every kind that needs nothing beside templates, keys made unique afterwards. */
const steps = (templates: readonly string[], segments: readonly string[]): fc.Arbitrary<Json[]> =>
  fc
    .letrec<{ step: Json; list: Json[] }>((tie) => ({
      list: fc.array(tie('step'), { minLength: 1, maxLength: 3 }),
      step: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.record({ kind: fc.constant('email'), template: fc.constantFrom(...templates) }),
        fc.record({ kind: fc.constant('wait'), for: duration, at: time }, { requiredKeys: ['kind', 'for'] }),
        fc.record({ kind: fc.constant('tag'), add: fc.uniqueArray(fc.constantFrom('a', 'b'), { minLength: 1 }) }),
        fc.record({ kind: fc.constant('branch'), if: condition(segments), then: tie('list'), else: tie('list') }),
        fc.record({
          kind: fc.constant('waitFor'),
          event: fc.constantFrom('order.placed', 'page.viewed'),
          within: fc.constantFrom('P7D', 'PT4H'),
          then: tie('list'),
          else: tie('list'),
        }),
        fc.record({
          kind: fc.constant('split'),
          arms: fc.tuple(tie('list'), tie('list')).map(([a, b]) => [
            { name: 'a', weight: 50, steps: a },
            { name: 'b', weight: 50, steps: b },
          ]),
        }),
      ),
    }))
    .list.map((list) => [...list, { kind: 'email', template: templates[0] }]);

const REPLENISH = { kind: 'wait', until: 'replenish', fallback: 'exit', at: '09:00', days: ['mon', 'tue'] };

let run = 0;

function withKeys(list: readonly Json[], next: { n: number }): Json[] {
  return list.map((step) => {
    const inner = Object.fromEntries(
      ['then', 'else'].flatMap((part) => (part in step ? [[part, withKeys(step[part] as Json[], next)]] : [])),
    );
    const arms = (step['arms'] as Array<{ steps: Json[] }> | undefined)?.map((arm) => ({
      ...arm,
      steps: withKeys(arm.steps, next),
    }));
    const key = step['kind'] === 'email' || step['kind'] === 'split' ? { key: `s-${next.n++}` } : {};
    return { ...step, ...key, ...inner, ...(arms ? { arms } : {}) };
  });
}

const survey = fc.oneof(
  fc.record({
    key: fc.constant('s-90'),
    name: word,
    kind: fc.constant('nps'),
    question: fc.record({ it: word, en: word }),
    scale: fc.constant({ min: 0, max: 10 }),
  }),
  fc.record({
    key: fc.constant('s-91'),
    name: word,
    kind: fc.constant('choice'),
    question: fc.record({ it: word }),
    choices: fc.constant(['price', 'moved'].map((value) => ({ value, label: { it: value } }))),
  }),
);

const shop: fc.Arbitrary<Blueprint> = fc
  .record({ segments: fc.integer({ min: 0, max: 3 }), templates: fc.integer({ min: 1, max: 2 }), campaigns: fc.nat(2) })
  .chain((count) => {
    const name = (kind: string, n: number): string => `${kind}-${n}`;
    const templates = Array.from({ length: count.templates }, (_, n) => name('t', n));
    const segments = Array.from({ length: count.segments }, (_, n) => name('s', n));
    const locale = fc.record(
      { subject: word, preheader: word, mjml: text.map(mjml), text },
      { requiredKeys: ['subject', 'mjml'] },
    );
    return fc.record({
      surveys: fc.array(survey, { maxLength: 1 }),
      templates: fc.tuple(
        ...templates.map((key) =>
          fc.record({
            key: fc.constant(key),
            name: word,
            kind: fc.constant('marketing' as const),
            defaultLocale: fc.constant('it'),
            locales: fc.record({ it: locale, 'en-GB': locale }, { requiredKeys: ['it'] }),
          }),
        ),
      ),
      // Each may name those after it, so that the order of the files is not the order in which they can be made.
      segments: fc.tuple(
        ...segments.map((key, n) =>
          fc.record({ key: fc.constant(key), name: word, condition: condition(segments.slice(n + 1)) }),
        ),
      ),
      campaigns: fc.array(
        fc.record(
          {
            name: word,
            status: fc.constantFrom('active' as const, 'paused' as const),
            trigger: fc.constantFrom({ on: 'order' }, { on: 'event', event: 'customer.created' }, { on: 'manual' }),
            audience: condition(segments),
            exitWhen: condition(segments),
            holdout: fc.constantFrom(0, 0.1),
            priority: fc.nat(100),
            steps: steps(templates, segments),
          },
          { requiredKeys: ['name', 'trigger', 'steps'] },
        ),
        { minLength: count.campaigns, maxLength: count.campaigns },
      ),
    });
  })
  .map(({ surveys, templates, segments, campaigns }) => ({
    surveys,
    templates,
    segments,
    campaigns: campaigns.map((one, n) => {
      const found = withKeys(one.steps, { n: 0 });
      // Only orders can be waited for to run out.
      const steps = one.trigger.on === 'order' ? [REPLENISH, ...found] : found;
      return { key: `c-${n}`, ...one, steps };
    }),
  }));

describe('a shop and its files', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  const ask = async <T>(method: 'get' | 'post', what: string, body?: object): Promise<T> => {
    const answer = await app.request(method, `/api/v1/blueprints/${what}`).send(body);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body, null, 1));
    return answer.body as T;
  };
  const throughFiles = (content: Blueprint): Blueprint => {
    const { blueprint, faults } = parseFiles(printFiles(content));
    expect(faults).toEqual([]);
    return blueprint;
  };

  it('say the same after apply, after export, and after the way through files, whatever stands in them', async () => {
    await fc.assert(
      fc.asyncProperty(shop, async (generated) => {
        // An archived campaign keeps its key for good: each shop gets names of its own.
        const prefix = `r${run++}`;
        const own = JSON.stringify(generated).replaceAll(/"([tsc]-\d+)"/g, `"${prefix}-$1"`);
        const content = JSON.parse(own) as Blueprint;
        const planned = await ask<BlueprintPlan>('post', 'plan', { ...content, prune: true });
        const applied = await ask<BlueprintPlan>('post', 'apply', { ...content, prune: true, basis: planned.basis });
        expect(applied.summary).toEqual(planned.summary);
        expect(applied.summary.create).toBe(
          content.surveys.length + content.templates.length + content.segments.length + content.campaigns.length,
        );
        expect(await ask('post', 'plan', content)).toMatchObject({ changes: false });
        const exported = await ask<Blueprint>('get', 'export');
        const files = throughFiles(exported);
        expect(await ask('post', 'plan', files)).toMatchObject({ changes: false, summary: { missing: 0 } });
        expect(await ask('post', 'apply', files)).toMatchObject({ changes: false });
        expect(await ask('get', 'export')).toEqual(exported);
      }),
      { numRuns: 15 },
    );
  }, 240_000);

  it('hold what comes with the product, without a warning', async () => {
    const { surveys, segments, templates, campaigns } = loadShipped();
    const applied = await ask<BlueprintPlan>('post', 'apply', { surveys, segments, templates, campaigns });
    expect(applied.items.filter(({ action }) => action === 'create').map(({ status }) => status)).not.toContain(
      'active',
    );
    expect(applied.items.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(await ask('post', 'plan', { segments, templates, campaigns })).toMatchObject({ changes: false });
    const exported = throughFiles(await ask<Blueprint>('get', 'export'));
    expect(exported.templates).toEqual(expect.arrayContaining(templates));
    expect(await ask('post', 'plan', exported)).toMatchObject({ changes: false });
  });
});
