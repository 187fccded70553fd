import { type FactReader, type FactValue, type Json } from '../../customers/facts';
import {
  attributeContains,
  attributeInstant,
  attributeNumbers,
  attributePresent,
  attributeTexts,
  attributeTruths,
} from './attribute-value';
import { type Condition, type FieldCondition, type HappenedCondition, type Operand, type Test } from './condition';
import { windowStart } from './window-start';

/** When something happened and, where it was undone, from when on it counts no more. */
export interface Happening {
  at: Date;
  endedAt: Date | null;
}

/** What a condition is evaluated on: one customer's loaded facts, as of an instant. */
export interface EvaluateOptions {
  facts: FactReader;
  /** All happenings of the kind that a leaf counts; of those outside its window as many as there happen to be. */
  happenings(leaf: HappenedCondition): readonly Happening[];
  asOf: Date;
  zone: string;
  /** The condition of a segment, by what stands in `{ segment }`. */
  segment(ref: string): Condition;
}

/** What a test of a value depends on. */
type TestOptions = Pick<EvaluateOptions, 'asOf' | 'zone'>;

/** Whether the condition holds, in memory: the same answer as its SQL. */
export function evaluateCondition(condition: Condition, options: EvaluateOptions): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every((part) => evaluateCondition(part, options));
    case 'any':
      return condition.of.some((part) => evaluateCondition(part, options));
    case 'not':
      return !evaluateCondition(condition.of, options);
    case 'segment':
      return evaluateCondition(options.segment(condition.ref), options);
    case 'field': {
      return fieldHolds(condition, valueOf(condition, options), options) !== condition.negated;
    }
    case 'happened':
      return timesHappened(condition, options) >= condition.atLeast;
    default:
      return condition satisfies never;
  }
}

/** The value of the field that a condition asks for, null where it is missing. */
export function valueOf({ field, key, within }: FieldCondition, options: EvaluateOptions): FactValue {
  const value = options.facts.read(field.name, {
    asOf: options.asOf,
    ...(key === undefined ? {} : { key }),
    ...(within ? { since: windowStart(options.asOf, within, options.zone) } : {}),
  });
  return value ?? field.whenNone ?? null;
}

/** How many happenings lie in the window of a leaf; both its ends belong to it. */
export function timesHappened(leaf: HappenedCondition, options: EvaluateOptions): number {
  const { asOf } = options;
  const since = leaf.within && windowStart(asOf, leaf.within, options.zone);
  return options
    .happenings(leaf)
    .filter(
      ({ at, endedAt }) => at <= asOf && (since === undefined || at >= since) && (endedAt === null || endedAt > asOf),
    ).length;
}

/** Whether a value passes the positive test of a condition; a missing one passes none. */
export function fieldHolds({ field, test }: FieldCondition, value: FactValue, options: TestOptions): boolean {
  if (value === null) return false;
  switch (field.type) {
    case 'text':
    case 'choice':
      return textHolds(value as string, test);
    case 'number':
    case 'money':
    case 'instant':
      return sizeHolds(value as number | Date, test, options);
    case 'list':
      return listHolds(value as string[], test);
    case 'json':
      return jsonHolds(value as Json, test, options);
    default:
      return field.type satisfies never;
  }
}

function textHolds(value: string, test: Test): boolean {
  switch (test.is) {
    case 'oneOf':
      return test.values.includes(value);
    case 'contains':
      return value.includes(test.text);
    case 'startsWith':
      return value.startsWith(test.text);
    case 'present':
      return true;
    default:
      return false;
  }
}

/** Instants compare by their milliseconds, as numbers do. */
function sizeHolds(value: number | Date, test: Test, options: TestOptions): boolean {
  const size = Number(value);
  switch (test.is) {
    case 'oneOf':
      return test.values.some((one) => Number(one) === size);
    case 'above':
      return size > Number(test.value);
    case 'atLeast':
      return size >= Number(test.value);
    case 'below':
      return size < Number(test.value);
    case 'atMost':
      return size <= Number(test.value);
    case 'withinLast':
      return size >= windowStart(options.asOf, test.last, options.zone).getTime() && size <= options.asOf.getTime();
    case 'present':
      return true;
    default:
      return false;
  }
}

function listHolds(value: readonly string[], test: Test): boolean {
  switch (test.is) {
    case 'oneOf':
      return test.values.some((one) => value.includes(one as string));
    case 'contains':
      return value.includes(test.text);
    case 'startsWith':
      return value.some((element) => element.startsWith(test.text));
    case 'present':
      return value.length > 0;
    default:
      return false;
  }
}

function jsonHolds(value: Json, test: Test, options: TestOptions): boolean {
  switch (test.is) {
    case 'oneOf':
      return test.values.some((one) => jsonEquals(value, one));
    case 'above':
    case 'atLeast':
    case 'below':
    case 'atMost': {
      if (!(test.value instanceof Date)) return attributeNumbers(value).some((one) => sizeHolds(one, test, options));
      const instant = attributeInstant(value, options.zone);
      return instant !== undefined && sizeHolds(instant, test, options);
    }
    case 'contains':
      return attributeContains(value, test.text);
    case 'startsWith':
      return listHolds(attributeTexts(value), test);
    case 'present':
      return attributePresent(value);
    case 'withinLast': {
      const instant = attributeInstant(value, options.zone);
      return instant !== undefined && sizeHolds(instant, test, options);
    }
    default:
      return test satisfies never;
  }
}

function jsonEquals(value: Json, wanted: Operand): boolean {
  if (typeof wanted === 'string') return attributeTexts(value).includes(wanted);
  if (typeof wanted === 'number') return attributeNumbers(value).includes(wanted);
  return typeof wanted === 'boolean' && attributeTruths(value).includes(wanted);
}
