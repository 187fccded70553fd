import fc from 'fast-check';
import { type AppConfig } from '../../../src/platform/config/config';
import { OPERATORS_OF } from '../../../src/segments/domain/operators';
import { SegmentConditions } from '../../../src/segments/segment-conditions';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { conditionOf, leafOf, ON_HAPPENING, valueFor } from '../../support/generated-conditions';
import { fillShop } from '../../support/generated-shop';
import { pastInstant, SHOP_NOW } from '../../support/generated-values';
import { testSources } from '../../support/test-catalogue';

const CUSTOMERS = 120;
const ZONES = ['Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];

describe.each(ZONES)('conditions in a store in %s', (timezone) => {
  let db: TestDatabase;
  let ids: string[];
  let conditions: SegmentConditions;

  beforeAll(async () => {
    db = await createTestDatabase();
    const store = { currency: 'EUR', timezone };
    conditions = new SegmentConditions(db.database, { store } as AppConfig, testSources(store));
    ids = await fillShop(db.database, timezone, CUSTOMERS, 7 + ZONES.indexOf(timezone));
  });
  afterAll(() => db.close());

  /** Whom SQL means when everybody is asked at once. */
  const inWhole = async (condition: unknown, asOf: Date, history: boolean): Promise<string[]> => {
    const { text, values, joins } = await conditions.compile(condition, asOf, { history, whole: true });
    const rows = await db.database.query<{ id: string }>(`select c.id from customers c ${joins} where ${text}`, values);
    const means = new Set(rows.map(({ id }) => id));
    expect(means.size).toBe(rows.length);
    return ids.filter((id) => means.has(id));
  };

  const inSql = async (condition: unknown, asOf: Date, history: boolean): Promise<string[]> => {
    const means = await conditions.evaluate(db.database, condition, ids, asOf, history);
    return ids.filter((id) => means.has(id));
  };

  const agree = async (condition: unknown, asOf: Date, history: boolean): Promise<number> => {
    expect(await conditions.validate(condition)).toEqual([]);
    const inMemory = await conditions.decide(db.database, condition, ids, asOf, history);
    const held = ids.filter((id) => inMemory.get(id)?.holds);
    expect(await inSql(condition, asOf, history)).toEqual(held);
    expect(await inWhole(condition, asOf, history)).toEqual(held);
    return held.length;
  };

  /** Whether it parts the people: a condition that holds for all or none shows little. */
  const parts = (held: number): boolean => held > 0 && held < ids.length;

  it('every operator of every field gives the same in SQL and in memory', async () => {
    for (const field of conditions.catalogue.fields) {
      for (const op of OPERATORS_OF[field.type]) {
        const name = field.name.replace('*', 'points');
        for (const value of fc.sample(valueFor(field, op), { numRuns: 3, seed: 5 })) {
          await agree({ field: name, op, value }, SHOP_NOW, false);
        }
      }
    }
  });

  it.each(Object.keys(ON_HAPPENING))('%s gives the same now and as of any instant', async (name) => {
    let telling = 0;
    await fc.assert(
      fc.asyncProperty(
        ON_HAPPENING[name] ?? fc.constant(null),
        fc.option(pastInstant, { nil: null }),
        async (asked, past) => {
          const condition = JSON.parse(JSON.stringify(asked)) as unknown;
          if (parts(await agree(condition, past ?? SHOP_NOW, past !== null))) telling++;
        },
      ),
      { numRuns: 40, seed: 13 },
    );
    expect(telling).toBeGreaterThan(10);
  });

  it('generated conditions give the same now and as of any instant, and mean somebody now and then', async () => {
    let telling = 0;
    const asked = conditionOf(conditions.catalogue);
    await fc.assert(
      fc.asyncProperty(asked, fc.option(pastInstant, { nil: null }), async (condition, past) => {
        if (parts(await agree(condition, past ?? SHOP_NOW, past !== null))) telling++;
      }),
      { numRuns: 80, seed: 11 },
    );
    expect(telling).toBeGreaterThan(20);
  });

  it('a history that is loaded once answers for every instant as SQL does', async () => {
    const asked = fc.sample(conditionOf(conditions.catalogue), { numRuns: 20, seed: 17 });
    const histories = await conditions.histories(db.database, asked, ids, SHOP_NOW);
    for (const asOf of fc.sample(pastInstant, { numRuns: 6, seed: 19 })) {
      for (const [i, condition] of asked.entries()) {
        const held = ids.filter((id) => histories.holds(i, id, asOf));
        expect(held).toEqual(await inSql(condition, asOf, true));
      }
    }
  });

  it('the present read as history is the present', async () => {
    // The stages of the generated shop are what they are, and do not follow from its orders.
    const { fields, happenings } = conditions.catalogue;
    const derived = { fields: fields.filter(({ name }) => name !== 'stage'), happenings };
    await fc.assert(
      fc.asyncProperty(leafOf(derived as never), async (condition) => {
        const now = await conditions.evaluate(db.database, condition, ids, SHOP_NOW);
        const replayed = await conditions.evaluate(db.database, condition, ids, SHOP_NOW, true);
        expect(replayed).toEqual(now);
      }),
      { numRuns: 80, seed: 3 },
    );
  });
});
