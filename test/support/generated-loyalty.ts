import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { type Database } from '../../src/platform/database/database';
import { pastInstant, SHOP_NOW } from './generated-values';
import { insertRows } from './insert-rows';

const account = fc.record({
  entries: fc.array(fc.record({ delta: fc.integer({ min: -3, max: 4 }), at: pastInstant }), { maxLength: 4 }),
  tiers: fc.array(fc.record({ to: fc.constantFrom('it', 'Roma', null), at: pastInstant }), { maxLength: 3 }),
});

/** Ledgers and tiers of generated customers; some have none. The tiers are keyed by texts that conditions ask for. */
export async function fillLoyalty(database: Database, ids: readonly string[], seed: number): Promise<void> {
  const accounts = fc.sample(account, { numRuns: ids.length, seed }).map((one, i) => ({
    id: ids[i] ?? '',
    entries: one.entries.filter(({ delta }) => delta !== 0),
    tiers: [...one.tiers].sort((a, b) => a.at.getTime() - b.at.getTime()),
  }));
  const entries = accounts.flatMap(({ id, entries: own }) =>
    own.map(({ delta, at }) => ({
      id: randomUUID(),
      customer_id: id,
      delta,
      kind: delta > 0 ? 'earned' : 'reversed',
      reference: 'order:some',
      at,
      recorded_at: SHOP_NOW,
    })),
  );
  await insertRows(database, 'point_entries', entries);
  await database.execute(
    `insert into customer_tiers (customer_id, at, from_tier, to_tier, cause)
     select customer_id, at, null, to_tier, 'order'
     from jsonb_to_recordset($1::jsonb) as r (customer_id uuid, at timestamptz, to_tier text)`,
    [
      JSON.stringify(
        accounts.flatMap(({ id, tiers }) => tiers.map(({ to, at }) => ({ customer_id: id, at, to_tier: to }))),
      ),
    ],
  );
  const known = accounts.filter((one) => one.entries.length > 0 || one.tiers.length > 0);
  await insertRows(
    database,
    'customer_loyalty',
    known.map(({ id, entries: own, tiers }) => {
      const sum = own.reduce((total, { delta }) => total + delta, 0);
      return {
        customer_id: id,
        points: Math.max(0, sum),
        owed: Math.max(0, -sum),
        given: 0,
        tier: tiers.at(-1)?.to ?? null,
      };
    }),
  );
}
