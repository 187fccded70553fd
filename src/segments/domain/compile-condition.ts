import { type FactField, type SqlReading } from '../../customers/facts';
import { type Condition, type FieldCondition, type Operand, type Test } from './condition';
import { windowStart } from './window-start';

/** How a condition becomes SQL. */
export interface CompileOptions {
  /** Alias of the `customers` row that is asked about. */
  customer: string;
  asOf: Date;
  /** Read facts as of the past instead of the current rows. */
  history: boolean;
  zone: string;
  /** How many parameters stand before the fragment's own in the statement. */
  offset: number;
  /** The condition of a segment, by what stands in `{ segment }`. */
  segment(ref: string): Condition;
}

/** A boolean expression, never null, and its parameters, numbered from `offset + 1`. */
export interface SqlFragment {
  text: string;
  values: unknown[];
}

/**
 * Compiles a condition to SQL. Whatever came from a caller is a parameter; names of columns come from the catalogue
 * alone. Segments are written out in place, so a change of one holds for all who use it at the next evaluation.
 */
export function compileCondition(condition: Condition, options: CompileOptions): SqlFragment {
  const values: unknown[] = [];
  const param = (value: unknown, cast: string): string => {
    values.push(value);
    return `$${options.offset + values.length}::${cast}`;
  };
  return { text: expression(condition, options, param), values };
}

type Param = SqlReading['param'];

function expression(condition: Condition, options: CompileOptions, param: Param): string {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      if (condition.of.length === 0) return condition.kind === 'all' ? 'true' : 'false';
      const joined = condition.of.map((part) => expression(part, options, param));
      return `(${joined.join(condition.kind === 'all' ? ' and ' : ' or ')})`;
    }
    case 'not':
      return `(not ${expression(condition.of, options, param)})`;
    case 'segment':
      return expression(options.segment(condition.ref), options, param);
    case 'field':
      return fieldExpression(condition, options, param);
    default:
      return condition satisfies never;
  }
}

function fieldExpression(condition: FieldCondition, options: CompileOptions, param: Param): string {
  const { field, key, within, test, negated } = condition;
  const value = field.sql({
    customer: options.customer,
    asOf: options.asOf,
    history: options.history,
    param,
    ...(key === undefined ? {} : { key }),
    ...(within ? { since: windowStart(options.asOf, within, options.zone) } : {}),
  });
  // A missing value is null, and null fails: `coalesce` here is what makes the fragment two-valued.
  const positive = `coalesce(${testSql(field, value, test, options, param)}, false)`;
  return negated ? `(not ${positive})` : positive;
}

const SYMBOL = { above: '>', atLeast: '>=', below: '<', atMost: '<=' } as const;

function testSql(field: FactField, value: string, test: Test, options: CompileOptions, param: Param): string {
  switch (field.type) {
    case 'text':
    case 'choice':
      return textSql(value, test, param);
    case 'number':
    case 'money':
      return sizeSql(value, test, 'float8', options, param);
    case 'instant':
      return sizeSql(value, test, 'timestamptz', options, param);
    case 'list':
      return listSql(value, test, param);
    case 'json':
      return jsonSql(value, test, options, param);
    default:
      return field.type satisfies never;
  }
}

function textSql(value: string, test: Test, param: Param): string {
  switch (test.is) {
    case 'oneOf':
      return `${value} = any(${param(test.values, 'text[]')})`;
    case 'contains':
      return `position(${param(test.text, 'text')} in ${value}) > 0`;
    case 'startsWith':
      return `starts_with(${value}, ${param(test.text, 'text')})`;
    case 'present':
      return `${value} is not null`;
    default:
      return impossible(test);
  }
}

function sizeSql(value: string, test: Test, cast: string, options: CompileOptions, param: Param): string {
  switch (test.is) {
    case 'oneOf':
      return `${value} = any(${param(test.values, `${cast}[]`)})`;
    case 'above':
    case 'atLeast':
    case 'below':
    case 'atMost':
      return `${value} ${SYMBOL[test.is]} ${param(test.value, cast)}`;
    case 'present':
      return `${value} is not null`;
    case 'withinLast': {
      const from = windowStart(options.asOf, test.last, options.zone);
      return `${value} between ${param(from, 'timestamptz')} and ${param(options.asOf, 'timestamptz')}`;
    }
    default:
      return impossible(test);
  }
}

function listSql(value: string, test: Test, param: Param): string {
  switch (test.is) {
    case 'oneOf':
      return `${value} && ${param(test.values, 'text[]')}`;
    case 'contains':
      return `${param(test.text, 'text')} = any(${value})`;
    case 'startsWith':
      return `exists (select from unnest(${value}) element where starts_with(element, ${param(test.text, 'text')}))`;
    case 'present':
      return `cardinality(${value}) > 0`;
    default:
      return impossible(test);
  }
}

/** Attributes: the functions `attribute_*` of migration 05 read from JSON what is of the kind that is compared. */
function jsonSql(value: string, test: Test, options: CompileOptions, param: Param): string {
  switch (test.is) {
    case 'oneOf':
      return jsonOneOfSql(value, test.values, param);
    case 'above':
    case 'atLeast':
    case 'below':
    case 'atMost':
      return test.value instanceof Date
        ? sizeSql(`attribute_instant(${value}, ${param(options.zone, 'text')})`, test, 'timestamptz', options, param)
        : `exists (select from unnest(attribute_numbers(${value})) element
            where element ${SYMBOL[test.is]} ${param(test.value, 'float8')})`;
    case 'contains':
      return `attribute_contains(${value}, ${param(test.text, 'text')})`;
    case 'startsWith':
      return listSql(`attribute_texts(${value})`, test, param);
    case 'present':
      return `attribute_present(${value})`;
    case 'withinLast':
      return sizeSql(
        `attribute_instant(${value}, ${param(options.zone, 'text')})`,
        test,
        'timestamptz',
        options,
        param,
      );
    default:
      return test satisfies never;
  }
}

function jsonOneOfSql(value: string, values: readonly Operand[], param: Param): string {
  const texts = values.filter((one) => typeof one === 'string');
  const numbers = values.filter((one) => typeof one === 'number');
  const truths = values.filter((one) => typeof one === 'boolean');
  const parts: string[] = [];
  if (texts.length > 0) parts.push(`attribute_texts(${value}) && ${param(texts, 'text[]')}`);
  if (numbers.length > 0) parts.push(`attribute_numbers(${value}) && ${param(numbers, 'float8[]')}`);
  if (truths.length > 0) parts.push(`attribute_truths(${value}) && ${param(truths, 'boolean[]')}`);
  return `(${parts.join(' or ')})`;
}

/** The parser gives a type only tests that its operators stand for. */
function impossible(test: Test): never {
  throw new Error(`a condition of this type cannot be ${test.is}`);
}
