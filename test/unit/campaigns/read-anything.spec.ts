import fc from 'fast-check';
import { compile } from '../../../src/campaigns/domain/compile';
import { definitionWarnings } from '../../../src/campaigns/domain/definition-warnings';
import { readDefinition } from '../../../src/campaigns/domain/read-definition';

const WHOLE = {
  key: 'whole',
  name: 'Whole',
  purpose: 'custom',
  basis: 'consent',
  trigger: { on: 'schedule', cron: '0 9 * * 1', timezone: 'Europe/Rome', segment: 'repeat' },
  audience: { field: 'stage', op: 'eq', value: 'lapsed' },
  entry: { limit: { every: 'P90D' } },
  goal: { event: 'order.placed', within: 'P30D', exit: true },
  exitWhen: { field: 'tags', op: 'contains', value: 'quiet' },
  holdout: 0.1,
  measure: { window: 'P30D', readAt: '2026-06-01T00:00:00Z' },
  priority: 50,
  sendWindow: { days: ['mon'], from: '09:00', to: '20:00', timezone: 'customer' },
  maxLateness: 'P7D',
  sender: { name: 'Anna', address: 'anna@bottega.test' },
  utm: { source: 'a', medium: 'b', campaign: 'c' },
  steps: [
    { kind: 'email', key: 'a', template: 't', recommend: { strategy: 'bestsellers', limit: 3, fallback: 'skip' } },
    { kind: 'wait', for: 'P3D', at: '09:00', days: ['mon', 'tue'] },
    { kind: 'waitFor', event: 'order.placed', within: 'P7D', then: [{ kind: 'exit' }], else: [] },
    {
      kind: 'branch',
      if: { segment: 'vip' },
      then: [{ kind: 'tag', add: ['x'], remove: ['y'] }],
      else: [{ kind: 'exit' }],
    },
    {
      kind: 'split',
      key: 's',
      arms: [
        { name: 'x', weight: 1, steps: [{ kind: 'webhook', url: 'https://example.com' }] },
        { name: 'y', weight: 2.5, steps: [{ kind: 'enroll', campaign: 'other' }] },
      ],
    },
  ],
};

/** Paths to everything in a JSON value. */
function pathsIn(value: unknown, path: Array<string | number> = []): Array<Array<string | number>> {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))];
}

/** A copy with what stands at a path replaced, or taken out. */
function changed(value: unknown, path: ReadonlyArray<string | number>, to: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return to;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>;
  const next = changed(copy[head], rest, to);
  if (next === undefined && !Array.isArray(copy)) delete copy[head];
  else copy[head] = next;
  return copy;
}

const every = { get: () => 'an-id', has: () => true } as unknown as ReadonlyMap<string, string>;

describe('whatever is sent', () => {
  it('the whole definition is valid', () => {
    expect(readDefinition(WHOLE).faults).toEqual([]);
  });

  it('is read without falling over; what has no faults can be compiled', () => {
    const places = pathsIn(WHOLE);
    const some = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(undefined, '', 0, -1, [], {}, 'customer', 'P1D', 'x'.repeat(300)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...places), some), { minLength: 1, maxLength: 3 }), (changes) => {
        const sent = changes.reduce<unknown>((value, [path, to]) => {
          try {
            return changed(value, path, to);
          } catch {
            // An earlier change took the place away.
            return value;
          }
        }, WHOLE);
        const { definition, faults } = readDefinition(sent);
        for (const { path, message } of faults) expect([typeof path, message.length > 0]).toEqual(['string', true]);
        if (faults.length > 0) return;
        definitionWarnings(definition);
        const program = compile(definition, every, every);
        expect(program.instructions.length).toBeGreaterThan(0);
        // What is stored is valid when it is read again.
        expect(readDefinition(JSON.parse(JSON.stringify(definition))).faults).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});
