import fc from 'fast-check';
import { type Database } from '../../src/platform/database/database';
import { pastInstant } from './generated-values';
import { insertRows } from './insert-rows';

interface Forecast {
  at: Date;
  expected: { alive: number; value_minor: number | null } | null;
  /** The own lapse threshold, which some have of whom nothing is expected. */
  own: { lapse_after: number; overdue: number } | null;
}

const forecast: fc.Arbitrary<Forecast> = fc.record({
  at: pastInstant,
  expected: fc.option(
    fc.record({
      alive: fc.constantFrom(0.25, 0.5, 1),
      value_minor: fc.option(fc.constantFrom(999, 4990, 10_000), { nil: null }),
    }),
    { nil: null, freq: 4 },
  ),
  own: fc.option(fc.record({ lapse_after: fc.constantFrom(14, 30, 90), overdue: fc.constantFrom(0, 1, 2) }), {
    nil: null,
  }),
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
      changes.map(({ at, ...standing }) => ({ customer_id, at, ...columns(standing) })),
    ),
  );
  await insertRows(
    database,
    'customer_predictions',
    histories.flatMap(({ customer_id, changes }) => {
      const last = changes.at(-1);
      return last?.expected || last?.own ? [{ customer_id, ...columns(last) }] : [];
    }),
  );
}

function columns({ expected, own }: Omit<Forecast, 'at'>) {
  return {
    alive: expected?.alive ?? null,
    value_minor: expected?.value_minor ?? null,
    lapse_after: own?.lapse_after ?? null,
    overdue: own?.overdue ?? null,
  };
}
