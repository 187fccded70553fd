import { parseCondition } from '../../../src/segments/domain/parse-condition';
import { TEST_STORE, testCatalogue } from '../../support/test-catalogue';

const catalogue = testCatalogue();
const faults = (json: unknown, base?: string) => {
  const parsed = parseCondition(json, catalogue, TEST_STORE, base);
  return parsed.ok ? [] : parsed.faults;
};
const paths = (json: unknown) => faults(json).map(({ path }) => path);

describe('conditions that are right', () => {
  it.each([
    { all: [] },
    {
      all: [
        { field: 'stage', op: 'eq', value: 'lapsed' },
        { any: [{ segment: 'vip' }, { not: { segment: 'subscribed' } }] },
      ],
    },
    { field: 'attributes.city', op: 'in', value: ['Roma', 'Milano'] },
    { field: 'attributes.address.city', op: 'exists', value: false },
    { field: 'attributes.birthday', op: 'before', value: '1990-01-01' },
    { field: 'orders.count', op: 'gte', value: 2, within: 'P90D' },
    { field: 'orders.total', op: 'gt', value: '49.90' },
    { field: 'orders.total', op: 'gt', value: 49.9 },
    { field: 'orders.lastAt', op: 'notWithinLast', value: 'P1M' },
    { field: 'createdAt', op: 'after', value: '2026-03-01T08:00:00.000Z' },
    { field: 'tags', op: 'contains', value: 'vip' },
    { field: 'consent.status', op: 'neq', value: 'subscribed' },
    { field: 'engagement.lastOpenedAt', op: 'withinLast', value: 'P30D' },
    { bought: { product: 'SKU' }, within: 'P30D', atLeast: 2 },
    { bought: {} },
    { event: 'page.viewed', where: { path: '/sale', price: 1.5, first: true }, within: 'P7D', atLeast: 3 },
    { event: 'quiz/done', where: {} },
    { message: 'opened', campaign: 'welcome', step: 'hello', within: 'P14D' },
    { message: 'sent' },
    { message: 'sent', atLeast: 10 },
    { event: '*', within: 'P180D' },
  ])('%j', (condition) => {
    expect(faults(condition)).toEqual([]);
  });

  it('brings values into the form in which they are stored', () => {
    const parsed = (json: unknown) => {
      const read = parseCondition(json, catalogue, TEST_STORE);
      return read.ok && read.condition.kind === 'field' ? read.condition.test : undefined;
    };
    expect(parsed({ field: 'orders.total', op: 'lte', value: '10.005' })).toEqual({ is: 'atMost', value: 1001 });
    expect(parsed({ field: 'email', op: 'eq', value: ' Ann@Example.COM' })).toEqual({
      is: 'oneOf',
      values: ['ann@example.com'],
    });
    expect(parsed({ field: 'createdAt', op: 'before', value: '2026-03-30' })).toEqual({
      is: 'below',
      value: new Date('2026-03-29T22:00:00Z'),
    });
  });
});

describe('faults', () => {
  it('are told all at once, with their paths below the base', () => {
    const condition = {
      all: [
        { field: 'orders.count', op: 'gte', value: 'many' },
        {
          not: {
            any: [
              { field: 'stage', op: 'eq', value: 'asleep' },
              { field: 'shoeSize', op: 'eq', value: 43 },
            ],
          },
        },
        { field: 'stage', op: 'like', value: 'x' },
      ],
    };
    expect(faults(condition, 'steps[1].if').map(({ path }) => path)).toEqual([
      'steps[1].if.all[0].value',
      'steps[1].if.all[1].not.any[0].value',
      'steps[1].if.all[1].not.any[1].field',
      'steps[1].if.all[2].op',
    ]);
    expect(faults(condition)[0]?.path).toBe('condition.all[0].value');
  });

  it.each([
    [null, 'condition'],
    ['lapsed', 'condition'],
    [[], 'condition'],
    [{}, 'condition'],
    [{ all: [], any: [] }, 'condition'],
    [{ any: [] }, 'condition.any'],
    [{ all: {} }, 'condition.all'],
    [{ all: [null] }, 'condition.all[0]'],
    [{ all: [], extra: 1 }, 'condition.extra'],
    [{ segment: 7 }, 'condition.segment'],
    [{ segment: 'Not A Key' }, 'condition.segment'],
    [{ field: 7, op: 'eq', value: 1 }, 'condition.field'],
    [{ field: 'attributes.', op: 'exists', value: true }, 'condition.field'],
    [{ field: 'attributes.a\0', op: 'exists', value: true }, 'condition.field'],
    [{ field: 'orders', op: 'exists', value: true }, 'condition.field'],
    [{ field: 'constructor', op: 'exists', value: true }, 'condition.field'],
    [{ field: 'stage', value: 'lapsed' }, 'condition.op'],
    [{ field: 'stage', op: 'gt', value: 'lapsed' }, 'condition.op'],
    [{ field: 'stage', op: 'contains', value: 'l' }, 'condition.op'],
    [{ field: 'orders.count', op: 'contains', value: '2' }, 'condition.op'],
    [{ field: 'tags', op: 'gt', value: 'a' }, 'condition.op'],
    [{ field: 'locale', op: 'before', value: '2026-01-01' }, 'condition.op'],
    [{ field: 'createdAt', op: 'in', value: ['2026-01-01'] }, 'condition.op'],
    [{ field: 'stage', op: 'eq' }, 'condition.value'],
    [{ field: 'stage', op: 'in', value: 'lapsed' }, 'condition.value'],
    [{ field: 'stage', op: 'in', value: [] }, 'condition.value'],
    [{ field: 'stage', op: 'in', value: ['lapsed', 'x'] }, 'condition.value[1]'],
    [{ field: 'locale', op: 'eq', value: 5 }, 'condition.value'],
    [{ field: 'locale', op: 'eq', value: null }, 'condition.value'],
    [{ field: 'locale', op: 'eq', value: 'it\0' }, 'condition.value'],
    [{ field: 'locale', op: 'eq', value: '\ud800' }, 'condition.value'],
    [{ field: 'locale', op: 'contains', value: '' }, 'condition.value'],
    [{ field: 'locale', op: 'eq', value: 'x'.repeat(1001) }, 'condition.value'],
    [{ field: 'locale', op: 'exists', value: 'yes' }, 'condition.value'],
    [{ field: 'orders.count', op: 'eq', value: '2' }, 'condition.value'],
    [{ field: 'orders.count', op: 'eq', value: Infinity }, 'condition.value'],
    [{ field: 'orders.total', op: 'gt', value: 'lots' }, 'condition.value'],
    [{ field: 'orders.total', op: 'gt', value: true }, 'condition.value'],
    [{ field: 'createdAt', op: 'before', value: '2026-02-30' }, 'condition.value'],
    [{ field: 'createdAt', op: 'before', value: '2026-02-28T10:00' }, 'condition.value'],
    [{ field: 'createdAt', op: 'before', value: 1 }, 'condition.value'],
    [{ field: 'createdAt', op: 'withinLast', value: '30 days' }, 'condition.value'],
    [{ field: 'attributes.x', op: 'eq', value: {} }, 'condition.value'],
    [{ field: 'attributes.x', op: 'gt', value: 'b' }, 'condition.value'],
    [{ field: 'orders.count', op: 'gte', value: 2, within: 'soon' }, 'condition.within'],
    [{ field: 'stage', op: 'eq', value: 'lapsed', within: 'P1D' }, 'condition.within'],
    [{ field: 'stage', op: 'eq', value: 'lapsed', Value: 1 }, 'condition.Value'],
    [{ bought: 'SKU' }, 'condition.bought'],
    [{ bought: { sku: 'SKU' } }, 'condition.bought.sku'],
    [{ bought: { product: '' } }, 'condition.bought.product'],
    [{ bought: { category: 7 } }, 'condition.bought.category'],
    [{ bought: {}, within: 'P0D' }, 'condition.within'],
    [{ bought: {}, atLeast: 0 }, 'condition.atLeast'],
    [{ bought: {}, atLeast: 1.5 }, 'condition.atLeast'],
    [{ bought: {}, atLeast: 10_001 }, 'condition.atLeast'],
    [{ bought: {}, where: {} }, 'condition.where'],
    [{ event: '' }, 'condition.event'],
    [{ event: 7 }, 'condition.event'],
    [{ event: 'order.counted' }, 'condition.event'],
    [{ event: 'segment.entered' }, 'condition.event'],
    [{ event: 'page.viewed', where: [] }, 'condition.where'],
    [{ event: 'page.viewed', where: { path: ['/sale'] } }, 'condition.where.path'],
    [{ event: 'page.viewed', where: { path: null } }, 'condition.where.path'],
    [{ event: 'page.viewed', where: { path: 'x\0' } }, 'condition.where.path'],
    [
      { event: 'page.viewed', where: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`p${i}`, i])) },
      'condition.where',
    ],
    [{ event: 'page.viewed', bought: {} }, 'condition'],
    [{ message: 'seen' }, 'condition.message'],
    [{ message: 'sent', campaign: 'Not A Key' }, 'condition.campaign'],
    [{ message: 'sent', step: 7 }, 'condition.step'],
    [{ message: 'sent', atLeast: 0 }, 'condition.atLeast'],
    [{ survey: 'Not A Key' }, 'condition.survey'],
    [{ survey: 'nps', score: 6 }, 'condition.score'],
    [{ survey: 'nps', score: { op: 'contains', value: 6 } }, 'condition.score.op'],
    [{ survey: 'nps', score: { op: 'lte', value: '6' } }, 'condition.score.value'],
    [{ survey: 'nps', score: { op: 'in', value: [] } }, 'condition.score.value'],
    [{ survey: 'nps', score: { op: 'lte', value: 6, within: 'P1D' } }, 'condition.score.within'],
    [{ survey: 'why', choice: [] }, 'condition.choice'],
    [{ survey: 'why', choice: 7 }, 'condition.choice'],
    [{ survey: 'nps', within: 'soon' }, 'condition.within'],
    [{ survey: 'nps', atLeast: 2 }, 'condition.atLeast'],
  ])('%j: %s', (condition, path) => {
    expect(paths(condition)).toContain(path);
  });

  it('of one happening are told together', () => {
    const condition = { event: '', where: { path: {} }, within: 'soon', atLeast: -1, extra: 1 };
    expect(paths(condition)).toEqual([
      'condition.extra',
      'condition.event',
      'condition.where.path',
      'condition.within',
      'condition.atLeast',
    ]);
    expect(paths({ message: 'seen', campaign: 1, step: '' })).toEqual([
      'condition.message',
      'condition.campaign',
      'condition.step',
    ]);
  });

  it('bounds many long lists together', () => {
    const long = { field: 'locale', op: 'in', value: Array.from({ length: 1000 }, String) };
    expect(faults({ any: Array.from({ length: 10 }, () => long) })).toEqual([]);
    expect(faults({ any: Array.from({ length: 50 }, () => long) })).toMatchObject([
      { message: 'the condition has more than 200 parts' },
    ]);
  });

  it('bounds depth, parts and values', () => {
    let deep: unknown = { segment: 'a' };
    for (let i = 0; i < 50; i++) deep = { not: deep };
    expect(faults(deep)).toMatchObject([{ message: 'is nested more than 20 deep' }]);
    expect(faults({ all: Array.from({ length: 100_000 }, () => ({ segment: 'a' })) })).toMatchObject([
      { message: 'the condition has more than 200 parts' },
    ]);
    expect(paths({ field: 'locale', op: 'in', value: Array.from({ length: 10_000 }, String) })).toEqual([
      'condition.value',
    ]);
  });
});
