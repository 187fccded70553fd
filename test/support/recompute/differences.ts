import { isDeepStrictEqual } from 'node:util';
import { type Rows } from './recompute';

/** Where two sets of rows differ, a line each: what is missing, what is too much, which field is another. */
export function differences(stored: Rows, recomputed: Rows): string[] {
  const names = [...new Set([...stored.keys(), ...recomputed.keys()])].sort();
  return names.flatMap((name) => {
    const [is, should] = [stored.get(name), recomputed.get(name)];
    if (!is) return [`${name}: not stored, recomputed ${brief(should)}`];
    if (!should) return [`${name}: stored ${brief(is)}, not recomputed`];
    if (is.outcome !== should.outcome) return [`${name}: stored ${brief(is)}, recomputed ${brief(should)}`];
    const fields = [...new Set([...Object.keys(is), ...Object.keys(should)])];
    const other = fields.filter((field) => !isDeepStrictEqual(is[field], should[field]));
    return other.map(
      (field) => `${name}: ${field} is ${JSON.stringify(is[field])}, recomputed ${JSON.stringify(should[field])}`,
    );
  });
}

/** How many rows came out how, such as `refused not_in_audience: 12`. */
export function tally(rows: Rows): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows.values()) {
    const parts = [row.outcome ?? 'mail', row.status, row.reason ?? row.exitReason];
    const name = parts.filter((part) => typeof part === 'string').join(' ');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function brief(row: Record<string, unknown> | undefined): string {
  return JSON.stringify(row);
}
