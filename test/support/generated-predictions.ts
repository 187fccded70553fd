import fc from 'fast-check';
import { type Database } from '../../src/platform/database/database';
import { pastInstant } from './generated-values';
import { insertRows } from './insert-rows';

const forecast = fc.record({
  at: pastInstant,
  expected: fc.option(
    fc.record({
      alive: fc.constantFrom(0.25, 0.5, 1),
      value_minor: fc.option(fc.constantFrom(999, 4990, 10_000), { nil: null }),
    }),
    { nil: null, freq: 4 },
  ),
});

/** What was expected of generated customers, and from when on; of some nothing, of some nothing any more. */
export async function fillPredictions(database: Database, ids: readonly string[], seed: number): Promise<void> {
  const histories = fc
    .sample(fc.array(forecast, { maxLength: 3 }), { numRuns: ids.length, seed })
    .map((changes, i) => ({
      customer_id: ids[i] ?? '',
      changes: [...changes].sort((a, b) => a.at.getTime() - b.at.getTime()),
    }));
  await insertRows(
    database,
    'prediction_changes',
    histories.flatMap(({ customer_id, changes }) =>
      changes.map(({ at, expected }) => ({
        customer_id,
        at,
        alive: expected?.alive ?? null,
        value_minor: expected?.value_minor ?? null,
      })),
    ),
  );
  await insertRows(
    database,
    'customer_predictions',
    histories.flatMap(({ customer_id, changes }) => {
      const expected = changes.at(-1)?.expected;
      return expected ? [{ customer_id, ...expected }] : [];
    }),
  );
}
