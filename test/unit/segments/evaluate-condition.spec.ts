import { type FactValue } from '../../../src/customers/facts';
import { evaluateCondition } from '../../../src/segments/domain/evaluate-condition';
import { parseCondition } from '../../../src/segments/domain/parse-condition';
import { TEST_STORE, testCatalogue } from '../../support/test-catalogue';

const catalogue = testCatalogue();
const NOW = new Date('2026-03-30T10:00:00Z');
const ann: Record<string, FactValue> = {
  email: 'ann@example.com',
  locale: 'it-IT',
  createdAt: new Date('2025-03-30T10:00:00Z'),
  tags: ['vip', 'b2b'],
  stage: 'lapsed',
  'orders.count': 3,
  'orders.total': 4990,
  'orders.averageValue': 4990 / 3,
  'orders.lastAt': new Date('2025-12-30T10:00:00Z'),
  'attributes.city': 'Roma',
  'attributes.points': '42',
  'attributes.rank': 7,
  'attributes.vip': true,
  'attributes.likes': ['coffee', 'tea'],
  'attributes.born': '1990-05-01',
  'attributes.home': { city: 'Roma' },
  'attributes.none': [],
};

const holds = (json: unknown): boolean => {
  const parsed = parseCondition(json, catalogue, TEST_STORE);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return evaluateCondition(parsed.condition, {
    asOf: NOW,
    happenings: () => [],
    zone: TEST_STORE.timezone,
    facts: { read: (field, { key }) => ann[key === undefined ? field : `attributes.${key}`] ?? null },
    segment: () => ({ kind: 'all', of: [] }),
  });
};

describe('what holds of Ann', () => {
  it.each([
    ['email', 'eq', ' ANN@example.com ', true],
    ['locale', 'eq', 'it', false],
    ['locale', 'startsWith', 'it', true],
    ['locale', 'contains', '-', true],
    ['locale', 'notIn', ['en', 'it'], true],
    ['stage', 'in', ['recent', 'lapsed'], true],
    ['stage', 'neq', 'lapsed', false],
    ['tags', 'contains', 'vip', true],
    ['tags', 'contains', 'vi', false],
    ['tags', 'eq', 'b2b', true],
    ['tags', 'notIn', ['b2b', 'x'], false],
    ['tags', 'startsWith', 'b', true],
    ['orders.count', 'gte', 3, true],
    ['orders.count', 'lt', 3, false],
    ['orders.total', 'eq', '49.90', true],
    ['orders.total', 'gt', 49.9, false],
    ['orders.averageValue', 'lt', '16.64', true],
    ['orders.lastAt', 'withinLast', 'P90D', true],
    ['orders.lastAt', 'withinLast', 'P89D', false],
    ['orders.lastAt', 'notWithinLast', 'P89D', true],
    ['createdAt', 'before', '2025-03-31', true],
    ['createdAt', 'after', '2025-03-30T10:00:00Z', false],
    ['createdAt', 'gte', '2025-03-30T12:00:00+02:00', true],
    ['createdAt', 'withinLast', 'P1Y', true],
    ['attributes.city', 'in', ['Roma', 'Milano'], true],
    ['attributes.city', 'contains', 'om', true],
    ['attributes.points', 'gte', 42, true],
    ['attributes.points', 'eq', 42, true],
    ['attributes.points', 'eq', '42', true],
    ['attributes.rank', 'eq', '7', false],
    ['attributes.rank', 'in', ['x', 7], true],
    ['attributes.vip', 'eq', true, true],
    ['attributes.vip', 'eq', 'true', false],
    ['attributes.likes', 'contains', 'tea', true],
    ['attributes.likes', 'contains', 'te', false],
    ['attributes.likes', 'startsWith', 'te', true],
    ['attributes.born', 'before', '1990-05-02', true],
    ['attributes.city', 'before', '1990-05-02', false],
    ['attributes.home', 'exists', true, true],
    ['attributes.home', 'eq', 'Roma', false],
    ['attributes.none', 'exists', false, true],
  ])('%s %s %j: %s', (field, op, value, expected) => {
    expect(holds({ field, op, value })).toBe(expected);
  });
});

describe('a missing value', () => {
  it.each([
    ['eq', 1],
    ['gt', 1],
    ['gte', 1],
    ['lt', 1],
    ['lte', 1],
    ['in', [1]],
    ['contains', 'x'],
    ['startsWith', 'x'],
    ['exists', true],
    ['before', '2026-01-01'],
    ['after', '2026-01-01'],
    ['withinLast', 'P1D'],
  ])('fails %s', (op, value) => {
    expect(holds({ field: 'attributes.missing', op, value })).toBe(false);
    expect(holds({ not: { field: 'attributes.missing', op, value } })).toBe(true);
  });

  it.each([
    ['exists', false],
    ['neq', 1],
    ['notIn', [1]],
    ['notWithinLast', 'P1D'],
  ])('passes %s', (op, value) => {
    expect(holds({ field: 'attributes.missing', op, value })).toBe(true);
  });
});

describe('what happened to Ann', () => {
  const at = (text: string) => new Date(text);
  const happened: Readonly<Record<string, Array<{ at: Date; endedAt: Date | null }>>> = {
    'bought category coffee': [
      { at: at('2026-03-20T10:00:00Z'), endedAt: null },
      { at: at('2026-02-28T10:00:00Z'), endedAt: null },
      { at: at('2026-03-25T10:00:00Z'), endedAt: at('2026-03-28T10:00:00Z') },
      { at: at('2026-03-31T10:00:00Z'), endedAt: null },
    ],
  };
  const on = (json: unknown, asOf: Date): boolean => {
    const parsed = parseCondition(json, catalogue, TEST_STORE);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    return evaluateCondition(parsed.condition, {
      asOf,
      zone: TEST_STORE.timezone,
      facts: { read: () => null },
      happenings: ({ happening, filter }) => happened[happening.label(filter)] ?? [],
      segment: () => ({ kind: 'all', of: [] }),
    });
  };
  const coffee = { bought: { category: 'coffee' } };

  it.each([
    ['ever', coffee, true],
    ['something else', { bought: { category: 'tea' } }, false],
    ['twice', { ...coffee, atLeast: 2 }, true],
    ['three times: what ended and what is to come count for nothing', { ...coffee, atLeast: 3 }, false],
    ['twice to the edge of the window', { ...coffee, atLeast: 2, within: 'P30D' }, true],
    ['twice in a window that is a second shorter', { ...coffee, atLeast: 2, within: 'P29DT23H59M59S' }, false],
    ['an event that never was', { event: 'page.viewed', within: 'P7D' }, false],
  ])('%s', (_, condition, expected) => {
    expect(on(condition, NOW)).toBe(expected);
    expect(on({ not: condition }, NOW)).toBe(!expected);
  });

  it('as of the past, what ended later still counts', () => {
    expect(on({ ...coffee, atLeast: 3 }, at('2026-03-27T10:00:00Z'))).toBe(true);
    expect(on({ ...coffee, atLeast: 3 }, at('2026-03-28T10:00:00Z'))).toBe(false);
    expect(on(coffee, at('2026-02-01T10:00:00Z'))).toBe(false);
  });
});

it('all, any and not combine', () => {
  const yes = { field: 'stage', op: 'eq', value: 'lapsed' };
  const no = { field: 'stage', op: 'eq', value: 'repeat' };
  expect(holds({ all: [] })).toBe(true);
  expect(holds({ all: [yes, no] })).toBe(false);
  expect(holds({ any: [no, yes] })).toBe(true);
  expect(holds({ not: { any: [no, { not: yes }] } })).toBe(true);
  expect(holds({ all: [{ segment: 'everyone' }, yes] })).toBe(true);
});
