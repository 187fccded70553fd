import fc from 'fast-check';
import { instantArray, jsonArray, plainArray, textArray } from '../../../src/platform/database/array-literal';
import { createTestDatabase, type TestDatabase } from '../../support/database';

describe('array literals', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
  });
  afterAll(() => db.close());

  it('come back as they went in', async () => {
    const words = fc.string({ unit: 'binary' }).filter((value) => !/[\0\ud800-\udfff]/u.test(value));
    const text = fc.option(words, { nil: null });
    const instant = fc.option(
      fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
      { nil: null },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(text),
        fc.array(fc.option(fc.uuid(), { nil: null })),
        fc.array(fc.option(fc.integer(), { nil: null })),
        fc.array(instant),
        fc.array(fc.dictionary(fc.string(), fc.oneof(words, fc.integer(), fc.array(words)))),
        async (texts, ids, numbers, instants, objects) => {
          const [row] = await db.database.query(
            `select $1::text[] as texts, $2::uuid[] as ids, $3::int[] as numbers, $4::timestamptz[] as instants,
               array_to_json($5::jsonb[]) as objects`,
            [textArray(texts), plainArray(ids), plainArray(numbers), instantArray(instants), jsonArray(objects)],
          );
          expect(row).toEqual({ texts, ids, numbers, instants, objects });
        },
      ),
      { numRuns: 200 },
    );
    const [row] = await db.database.query('select $1::text[] as words', [
      textArray(['NULL', '', 'a,b', '{}', ' ', '"', '\\', null]),
    ]);
    expect(row).toEqual({ words: ['NULL', '', 'a,b', '{}', ' ', '"', '\\', null] });
  });
});
