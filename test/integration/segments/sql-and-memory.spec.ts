import fc from 'fast-check';
import { type FactField } from '../../../src/customers/facts';
import { type AppConfig } from '../../../src/platform/config/config';
import { OPERATORS_OF, type Operator } from '../../../src/segments/domain/operators';
import { SegmentConditions } from '../../../src/segments/segment-conditions';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { ATTRIBUTES, fillShop, pastInstant, SHOP_NOW, someJson, someText } from '../../support/generated-shop';
import { testSources } from '../../support/test-catalogue';

const CUSTOMERS = 120;
const ZONES = ['Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'];

const duration = fc.constantFrom('P1D', 'P7D', 'P90D', 'PT36H', 'P1M', 'P1Y', 'P4W', 'P2M3DT4H');
const instantText = fc.oneof(
  pastInstant.map((at) => at.toISOString()),
  fc.constantFrom('2026-03-29', '2026-02-28', '1990-12-31', '2026-03-30T12:00:00+02:00', '2026-03-29T10:00:00.123Z'),
);

function scalarFor(field: FactField): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'text':
      return fc.oneof(someText, fc.constantFrom('ann@example.com', 'ANN@example.com', 'en', 'Europe/Rome'));
    case 'choice':
      return fc.constantFrom(...(field.choices ?? []));
    case 'number':
      return fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom(0.5, 1 / 3, 0.25));
    case 'money':
      return fc.constantFrom(0, '0.00', '49.90', 99.99, '100', '9.99', 2500);
    case 'instant':
      return instantText;
    case 'list':
      return fc.constantFrom('vip', 'caffè', 'b2b', 'v');
    case 'json':
      return someJson.filter((value) => ['string', 'number', 'boolean'].includes(typeof value));
    default:
      return field.type satisfies never;
  }
}

function valueFor(field: FactField, op: Operator): fc.Arbitrary<unknown> {
  const scalar = scalarFor(field);
  switch (op) {
    case 'in':
    case 'notIn':
      return fc.array(scalar, { minLength: 1, maxLength: 4 });
    case 'exists':
      return fc.boolean();
    case 'withinLast':
    case 'notWithinLast':
      return duration;
    case 'before':
    case 'after':
      return instantText;
    case 'contains':
    case 'startsWith':
      return fc.constantFrom('i', 'it', 'R', 'vip', 'caffè', '%', '_', "'", '42', 'a', '𝔘');
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return field.type === 'json' ? fc.constantFrom(0, 42, 42.5, -1, 1e300) : scalar;
    case 'eq':
    case 'neq':
      return scalar;
    default:
      return op satisfies never;
  }
}

function onField(field: FactField): fc.Arbitrary<unknown> {
  const name = field.name.endsWith('.*')
    ? fc.constantFrom(...ATTRIBUTES, 'never').map((key) => field.name.slice(0, -1) + key)
    : fc.constant(field.name);
  return fc
    .constantFrom(...OPERATORS_OF[field.type])
    .chain((op) =>
      fc
        .tuple(
          name,
          valueFor(field, op),
          field.windowed ? fc.option(duration, { nil: undefined }) : fc.constant(undefined),
        )
        .map(([asked, value, within]) => ({ field: asked, op, value, ...(within === undefined ? {} : { within }) })),
    );
}

const SEGMENTS = ['lapsed', 'subscribed', 'prospect'].map((segment) => ({ segment }));

function conditionOn(fields: readonly FactField[]): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(
    { arbitrary: fc.constantFrom(...fields).chain(onField), weight: 9 },
    { arbitrary: fc.constantFrom(...SEGMENTS), weight: 1 },
  );
  return fc.letrec((tie) => ({
    condition: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.record({ all: fc.array(tie('condition'), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: tie('condition') }),
    ),
  })).condition;
}

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

  const agree = async (condition: unknown, asOf: Date, history: boolean): Promise<number> => {
    expect(await conditions.validate(condition)).toEqual([]);
    const inSql = await conditions.evaluate(db.database, condition, ids, asOf, history);
    const inMemory = await conditions.decide(db.database, condition, ids, asOf, history);
    const held = ids.filter((id) => inMemory.get(id)?.holds);
    expect(ids.filter((id) => inSql.has(id))).toEqual(held);
    return held.length;
  };

  it('every operator of every field gives the same in SQL and in memory', async () => {
    for (const field of conditions.catalogue.fields) {
      for (const op of OPERATORS_OF[field.type]) {
        const name = field.name.replace('*', 'points');
        for (const value of fc.sample(valueFor(field, op), { numRuns: 4, seed: 5 })) {
          await agree({ field: name, op, value }, SHOP_NOW, false);
        }
      }
    }
  });

  it('generated conditions give the same now and as of any instant, and mean somebody now and then', async () => {
    let sometimes = 0;
    const asked = conditionOn(conditions.catalogue.fields);
    await fc.assert(
      fc.asyncProperty(asked, fc.option(pastInstant, { nil: null }), async (condition, past) => {
        const held = await agree(condition, past ?? SHOP_NOW, past !== null);
        if (held > 0 && held < ids.length) sometimes++;
      }),
      { numRuns: 120, seed: 11 },
    );
    expect(sometimes).toBeGreaterThan(30);
  });

  it('the present read as history is the present', async () => {
    const fields = conditions.catalogue.fields.filter(({ name }) => name.startsWith('orders.'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields).chain(onField), async (condition) => {
        const now = await conditions.evaluate(db.database, condition, ids, SHOP_NOW);
        const replayed = await conditions.evaluate(db.database, condition, ids, SHOP_NOW, true);
        expect(replayed).toEqual(now);
      }),
      { numRuns: 60, seed: 3 },
    );
  });
});
