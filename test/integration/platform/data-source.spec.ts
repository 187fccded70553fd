import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { runMigrations } from '../../../src/platform/database/data-source';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { administer, testServer, urlOf } from '../../support/test-server';

describe('the data source', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
  });
  afterAll(() => db.close());

  it('reads int8 as a number, numeric and date as text, timestamptz as Date, and arrays likewise', async () => {
    const [row] = await db.database.query<Record<string, unknown>>(
      `select 9007199254740991::int8 as a, 1.10::numeric as b, '2026-03-29'::date as c,
              '2026-03-01T08:00:00Z'::timestamptz as d, '{1,2,null}'::int8[] as e, '{1.50}'::numeric[] as f,
              '{2026-01-01}'::date[] as g, '{"a": 1}'::jsonb as h, '{x,"y z"}'::text[] as i, count(*) as n`,
    );
    expect(row).toEqual({
      a: 9007199254740991,
      b: '1.10',
      c: '2026-03-29',
      d: new Date('2026-03-01T08:00:00Z'),
      e: [1, 2, null],
      f: ['1.50'],
      g: ['2026-01-01'],
      h: { a: 1 },
      i: ['x', 'y z'],
      n: 1,
    });
  });

  it('fails rather than rounding an integer that JavaScript cannot hold', async () => {
    await expect(db.database.query('select 9007199254740993::int8')).rejects.toThrow('9007199254740993');
  });
});

describe('migrations', () => {
  const files = readdirSync(path.join(__dirname, '../../../migrations')).filter((name) => name.endsWith('.ts'));

  it('have file names of 13 digits and a verb, and run once each when ten processes start at once', async () => {
    for (const file of files) expect(file).toMatch(/^\d{13}-[a-z]+(-[a-z0-9]+)+\.ts$/);
    const { adminUrl } = testServer();
    const name = `ritorno_test_${randomBytes(8).toString('hex')}`;
    await administer(adminUrl, (client) => client.query(`create database ${name}`));
    const ran = await Promise.all(Array.from({ length: 10 }, () => runMigrations(urlOf(adminUrl, name))));
    expect(ran.flat()).toHaveLength(files.length);
    expect(ran.filter((list) => list.length > 0).length).toBeLessThanOrEqual(1);
    expect(await runMigrations(urlOf(adminUrl, name))).toEqual([]);
    await administer(adminUrl, (client) => client.query(`drop database ${name} with (force)`));
  });
});
