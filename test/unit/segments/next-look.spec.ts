import { askedFacts } from '../../../src/segments/domain/asked-facts';
import { type Condition } from '../../../src/segments/domain/condition';
import { type Edge, edgesOf, nextLook } from '../../../src/segments/domain/next-look';
import { parseCondition } from '../../../src/segments/domain/parse-condition';
import { parseDuration, type Duration } from '../../../src/kernel/duration';
import { TEST_STORE, testCatalogue } from '../../support/test-catalogue';

const ZONE = 'Europe/Rome';
const NOW = new Date('2026-03-02T08:00:00.000Z');
const catalogue = testCatalogue();

const read = (json: unknown): Condition => {
  const parsed = parseCondition(json, catalogue, TEST_STORE);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.condition;
};
const noSegment = (): never => {
  throw new Error('no segment is referred to');
};
const edges = (json: unknown, segment: (ref: string) => Condition = noSegment): Edge[] => {
  let bound = 0;
  return edgesOf(read(json), {
    customer: 'c',
    asOf: NOW,
    zone: ZONE,
    param: (_value, cast) => `$${++bound}::${cast}`,
    segment,
    field: (name) => catalogue.find(name)?.field,
  });
};
const busy = { field: 'orders.count', op: 'gte', value: 2, within: 'P30D' };

describe('the facts by which time may change a condition', () => {
  it('are none where there is no window', () => {
    expect(
      edges({ all: [{ field: 'tags', op: 'contains', value: 'vip' }, { segment: 'lapsed' }] }, () => read({ all: [] })),
    ).toEqual([]);
    expect(edges({ field: 'orders.lastAt', op: 'before', value: '2026-03-01' })).toEqual([]);
  });

  it('are asked for once, whatever the number of windows over them, those of segments included', () => {
    expect(edges(busy)).toHaveLength(1);
    expect(edges({ all: [busy, { ...busy, field: 'orders.total', value: '10' }, { not: busy }] })).toHaveLength(1);
    expect(edges({ all: [busy, { segment: 'other' }, { segment: 'other' }] }, () => read(busy))).toHaveLength(1);
    expect(edges({ all: [busy, { ...busy, within: 'P31D' }] })).toHaveLength(2);
  });

  it('of a window of months also those that it may take back', () => {
    expect(edges({ ...busy, within: 'P1M' })).toHaveLength(2);
  });

  it('are the newest happening where one is enough, the oldest where it takes several', () => {
    const times = (json: object): string[] =>
      edges(json).map(({ sql }) => /\((?:select )(min|max)/.exec(sql)?.[1] ?? '');
    const seen = { event: 'page.viewed', within: 'P7D' };
    expect(times(seen)).toEqual(['min', 'max']);
    expect(times({ ...seen, atLeast: 2 })).toEqual(['min', 'min']);
    expect(times({ all: [seen, { ...seen, atLeast: 2 }] })).toEqual(['min', 'max', 'min']);
    // A window of months may take back what it had let go, the oldest first.
    expect(times({ ...seen, within: 'P1M' })).toEqual(['min', 'min', 'min']);
  });

  it('are the value itself where an instant is compared with now', () => {
    const [edge] = edges({ field: 'attributes.seen', op: 'notWithinLast', value: 'P7D' });
    expect(edge?.sql).toContain('attribute_instant');
    expect(edges({ field: 'createdAt', op: 'withinLast', value: 'P7D' })[0]?.sql).toBe('c.created_at');
  });
});

describe('when to look again', () => {
  const week = parseDuration('P7D') as Duration;
  const edge = (window: Duration | null): Edge => ({ window, sql: '' });
  const at = (text: string) => new Date(text);

  it('is the earliest instant at which one of them can change the answer', () => {
    const times = [at('2026-02-27T08:00:00.000Z'), at('2026-02-26T08:00:00.000Z')];
    expect(nextLook([edge(week), edge(week)], times, NOW, ZONE)).toEqual(at('2026-03-05T08:00:00.001Z'));
  });

  it('is when a fact that lies ahead comes, with or without a window', () => {
    const coming = at('2026-03-02T09:00:00.000Z');
    expect(nextLook([edge(null)], [coming], NOW, ZONE)).toEqual(coming);
    expect(nextLook([edge(week)], [coming], NOW, ZONE)).toEqual(coming);
  });

  it('is never for what has passed', () => {
    expect(nextLook([edge(week), edge(null)], [at('2026-02-01T00:00:00Z'), NOW], NOW, ZONE)).toBeNull();
    expect(nextLook([edge(week)], [null], NOW, ZONE)).toBeNull();
  });
});

describe('the facts that a condition asks about', () => {
  const asked = (json: unknown, segment: (ref: string) => Condition = noSegment): string[] =>
    [...askedFacts(read(json), segment, (name) => `source of ${name}`)].sort();

  it('are those of its fields and happenings, and always that a customer comes or goes', () => {
    expect(asked({ all: [] })).toEqual(['whole']);
    expect(asked(busy)).toEqual(['source of orders.count', 'whole']);
    expect(asked({ bought: {} })).toEqual(['source of bought', 'whole']);
    expect(asked({ event: 'page.viewed' })).toEqual(['event:page.viewed', 'whole']);
  });

  it('those of the segments that it refers to included; consent by its own name too', () => {
    const consent = { field: 'consent.status', op: 'eq', value: 'subscribed' };
    expect(asked({ not: { segment: 'subscribed' } }, () => read(consent))).toEqual([
      'consent',
      'source of consent.status',
      'whole',
    ]);
  });
});
