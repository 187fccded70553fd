import { type Database } from '../../src/platform/database/database';

/** Inserts rows of one shape, by the names of their columns. */
export async function insertRows(
  database: Database,
  table: string,
  rows: ReadonlyArray<Record<string, unknown>>,
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = Object.keys(first).join(', ');
  await database.execute(
    `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
}
