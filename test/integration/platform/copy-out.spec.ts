import { type Sql } from '../../../src/platform/database/database';
import { Snapshot } from '../../../src/platform/database/snapshot';
import { createTestDatabase, type TestDatabase } from '../../support/database';

let db: TestDatabase;
let snapshot: Snapshot;
beforeAll(async () => {
  db = await createTestDatabase();
});
beforeEach(async () => {
  snapshot = await Snapshot.open(db.url, 'copy-out');
});
afterEach(() => snapshot.close());
afterAll(() => db.close());

async function rows(sql: Sql): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const row of snapshot.copyOut(sql)) all.push(row);
  return all;
}

const BYTES = (size: string) => `decode(repeat('00ff', (${size}) / 2), 'hex')`;

describe('bytes that are copied', () => {
  it('are the rows in their order, short, long and empty, without nulls', async () => {
    const sizes = [0, 2, 200_000, 4, 3_000_000, 2];
    const all = await rows({
      text: `select case when size >= 0 then ${BYTES('size')} end from unnest(array[-1, ${sizes.join(', ')}, -1]) size`,
    });
    expect(all.map((row) => row.length)).toEqual(sizes);
    expect(all.every((row) => row.equals(Buffer.alloc(row.length, Buffer.from([0x00, 0xff]))))).toBe(true);
    expect(await rows({ text: `select ''::bytea where false` })).toEqual([]);
  });

  it('are asked for with values, which are only ever values', async () => {
    const odd = `'); drop table customers; --\\`;
    const at = new Date('2026-03-01T10:00:00.123Z');
    const [row] = await rows({
      text: `select convert_to($1::text || '|' || ($2::text[])[2] || '|' || extract(epoch from $3::timestamptz) || '|'
        || extract(epoch from ($4::timestamptz[])[1]) || '|' || $5::int || '|' || coalesce($6::text, 'null') || '|' || $1, 'UTF8')`,
      values: [odd, ['a', odd], at, [at], 7, null],
    });
    const seconds = '1772359200.123000';
    expect(row?.toString()).toBe([odd, odd, seconds, seconds, 7, 'null', odd].join('|'));
    await expect(rows({ text: 'select $1::bytea', values: [{}] })).rejects.toThrow('of type object is not known');
  });

  it('leave the connection to others when somebody stops in the middle, or the statement fails', async () => {
    for await (const row of snapshot.copyOut({ text: `select ${BYTES('1000')} from generate_series(1, 5000)` })) {
      expect(row).toHaveLength(1000);
      break;
    }
    expect(await snapshot.query({ text: 'select 1 as one' })).toEqual([{ one: 1 }]);
    await expect(
      rows({ text: `select (1 / (n - 3))::text::bytea from generate_series(1, 9) n` }),
    ).rejects.toMatchObject({
      code: '22012',
    });
    await expect(snapshot.query({ text: 'select 1' })).rejects.toMatchObject({ code: '25P02' });
  });
});
