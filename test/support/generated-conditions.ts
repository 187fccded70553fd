import fc from 'fast-check';
import { type FactField } from '../../src/customers/facts';
import { type Catalogue } from '../../src/segments/domain/catalogue';
import { OPERATORS_OF, type Operator } from '../../src/segments/domain/operators';
import { CAMPAIGN_KEYS, CHOICES, EVENT_TYPES, propertyAskedFor, STEP_KEYS, SURVEY_KEYS } from './generated-engagement';
import { CATEGORIES, PRODUCTS } from './generated-shop';
import { ATTRIBUTES, pastInstant, someJson, someText } from './generated-values';

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

/** Values that an operator on a field takes. */
export function valueFor(field: FactField, op: Operator): fc.Arbitrary<unknown> {
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

/** Conditions on one field. */
export function onField(field: FactField): fc.Arbitrary<unknown> {
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

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

/** Mostly absent, because together they would leave nobody. */
const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 2 }, { arbitrary: value, weight: 1 });

const within = sometimes(duration);
const atLeast = sometimes(fc.constantFrom(1, 2, 3));

/** Conditions on happenings, by the key that marks them. */
export const ON_HAPPENING: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  bought: fc.record({
    bought: fc.record({
      product: optional(fc.constantFrom(...PRODUCTS)),
      category: optional(fc.constantFrom(...CATEGORIES, 'never')),
    }),
    within,
    atLeast,
  }),
  event: fc.record({
    event: fc.constantFrom(...EVENT_TYPES, 'never.seen'),
    where: sometimes(fc.dictionary(fc.constantFrom('path', 'price', "it's"), propertyAskedFor, { maxKeys: 2 })),
    within,
    atLeast,
  }),
  message: fc.record({
    message: fc.constantFrom('sent', 'opened', 'clicked'),
    campaign: optional(fc.constantFrom(...CAMPAIGN_KEYS, 'never')),
    step: optional(fc.constantFrom(...STEP_KEYS)),
    within,
  }),
  survey: fc.record({
    survey: fc.constantFrom(...SURVEY_KEYS, ...SURVEY_KEYS, 'never'),
    score: sometimes(
      fc.oneof(
        fc.record({
          op: fc.constantFrom('eq', 'neq', 'gt', 'gte', 'lt', 'lte'),
          value: fc.constantFrom(0, 4, 6, 9, 3.5),
        }),
        fc.record({ op: fc.constantFrom('in', 'notIn'), value: fc.constantFrom([6], [4, 9, 10]) }),
      ),
    ),
    choice: sometimes(fc.oneof(fc.constantFrom(...CHOICES), fc.constant([...CHOICES]))),
    within,
  }),
};

/** As it comes over HTTP: what is undefined is not there. */
const asJson = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  value.map((one) => JSON.parse(JSON.stringify(one)) as unknown);

/** A condition on one thing alone. */
export function leafOf({ fields, happenings }: Catalogue): fc.Arbitrary<unknown> {
  const counted = happenings.map(({ name }) => ON_HAPPENING[name] ?? fc.constant(null));
  return asJson(
    fc.oneof(
      { arbitrary: fc.constantFrom(...fields).chain(onField), weight: 6 },
      { arbitrary: fc.oneof(...counted), weight: 4 },
    ),
  );
}

const SEGMENTS = ['lapsed', 'subscribed', 'prospect'].map((segment) => ({ segment }));

/** Conditions of any form. */
export function conditionOf(catalogue: Catalogue): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(
    { arbitrary: leafOf(catalogue), weight: 9 },
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
