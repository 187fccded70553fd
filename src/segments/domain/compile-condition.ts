import { type FactField, type GroupedRows, type SqlReading } from '../../customers/facts';
import { type Condition, type FieldCondition, type HappenedCondition, type Operand, type Test } from './condition';
import { fieldHolds } from './evaluate-condition';
import { windowStart } from './window-start';

/** How a condition becomes SQL. */
export interface CompileOptions {
  /** Alias of the `customers` row that is asked about. */
  customer: string;
  asOf: Date;
  /** Read facts as of the past instead of the current rows. */
  history: boolean;
  /** All customers are asked at once: facts are joined as sets (`SqlFragment.joins`) rather than looked up for each. */
  whole: boolean;
  zone: string;
  /** How many parameters stand before the fragment's own in the statement. */
  offset: number;
  /** The condition of a segment, by what stands in `{ segment }`. */
  segment(ref: string): Condition;
}

/**
 * A predicate and its parameters, numbered from `offset + 1`. It is true where the condition holds and false or null
 * where it does not, as a `where` wants it: wrapping it to be two-valued would hide its joins from the planner. To ask
 * for the opposite write `(...) is not true`.
 */
export interface SqlFragment {
  text: string;
  values: unknown[];
  /**
   * Behind `from customers c`; empty unless `whole`. They neither add nor drop a customer. Fragments with different
   * offsets have different aliases.
   */
  joins: string;
}

/**
 * Compiles a condition to SQL. Whatever came from a caller is a parameter; names of columns come from the catalogue
 * alone. Segments are written out in place, so a change of one holds for all who use it at the next evaluation.
 */
export function compileCondition(condition: Condition, options: CompileOptions): SqlFragment {
  const context = new Context(options);
  const { text } = expression(condition, options, context);
  return { text, values: context.values, joins: context.joins() };
}

type Param = SqlReading['param'];

/** The parameters and joined relations of one fragment. */
class Context {
  readonly values: unknown[] = [];
  private readonly bound = new Map<string, string>();
  private readonly relations = new Map<string, Relation>();
  private readonly groups = new Map<string, Groups>();

  constructor(private readonly options: CompileOptions) {}

  readonly param: Param = (value, cast) => {
    const key = `${cast} ${JSON.stringify(value)}`;
    const known = this.bound.get(key);
    if (known !== undefined) return known;
    this.values.push(value);
    const placeholder = `$${this.options.offset + this.values.length}::${cast}`;
    this.bound.set(key, placeholder);
    return placeholder;
  };

  readonly join = (relation: string, by: 'customer_id' | 'email' = 'customer_id'): string => {
    const known = this.relations.get(relation);
    if (known) return known.alias;
    const alias = this.nextAlias();
    this.relations.set(relation, { alias, by });
    return alias;
  };

  readonly grouped = (rows: GroupedRows, aggregate: string): string => {
    const key = JSON.stringify([rows.from, rows.customer, rows.having]);
    let groups = this.groups.get(key);
    if (!groups) this.groups.set(key, (groups = { alias: this.nextAlias(), rows, aggregates: [] }));
    if (!groups.aggregates.includes(aggregate)) groups.aggregates.push(aggregate);
    return `${groups.alias}.fact_${groups.aggregates.indexOf(aggregate)}`;
  };

  joins(): string {
    const { customer } = this.options;
    const relations = [...this.relations].map(
      ([relation, { alias, by }]) =>
        ` left join ${relation} ${alias} on ${alias}.${by} = ${customer}.${by === 'email' ? 'email' : 'id'}`,
    );
    const groups = [...this.groups.values()].map(
      (one) => ` left join ${groupsSql(one)} ${one.alias} on ${one.alias}.customer_id = ${customer}.id`,
    );
    return [...relations, ...groups].join('');
  }

  private nextAlias(): string {
    return `facts_${this.options.offset}_${this.relations.size + this.groups.size}`;
  }
}

interface Relation {
  alias: string;
  by: 'customer_id' | 'email';
}

interface Groups {
  alias: string;
  rows: GroupedRows;
  aggregates: string[];
}

/**
 * Materialised: as a plain subquery each parallel worker would make all the groups for itself, which for three million
 * orders costs more than all the rest.
 */
function groupsSql({ rows, aggregates }: Groups): string {
  const { from, customer, having } = rows;
  const facts = aggregates.map((aggregate, i) => `, ${aggregate} as fact_${i}`).join('');
  return `(with facts as materialized (select ${customer} as customer_id${facts} from ${from} group by ${customer}${
    having === undefined ? '' : ` having ${having}`
  }) select * from facts)`;
}

/** A boolean expression, and whether it can be null. */
interface Predicate {
  text: string;
  nullable: boolean;
}

function expression(condition: Condition, options: CompileOptions, context: Context): Predicate {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      if (condition.of.length === 0) return { text: condition.kind === 'all' ? 'true' : 'false', nullable: false };
      const parts = condition.of.map((part) => expression(part, options, context));
      const text = parts.map((part) => part.text).join(condition.kind === 'all' ? ' and ' : ' or ');
      return { text: `(${text})`, nullable: parts.some(({ nullable }) => nullable) };
    }
    case 'not':
      return opposite(expression(condition.of, options, context));
    case 'segment':
      return expression(options.segment(condition.ref), options, context);
    case 'field':
      return fieldPredicate(condition, options, context);
    case 'happened':
      return { text: happenedSql(condition, options, context), nullable: false };
    default:
      return condition satisfies never;
  }
}

/** A plain `not` where it may stand: only that the planner turns into an anti join. */
function opposite({ text, nullable }: Predicate): Predicate {
  return { text: nullable ? `(${text} is not true)` : `(not ${text})`, nullable: false };
}

function fieldPredicate(condition: FieldCondition, options: CompileOptions, context: Context): Predicate {
  const { field, key, within, test, negated } = condition;
  const { param } = context;
  const reading: SqlReading = {
    customer: options.customer,
    asOf: options.asOf,
    history: options.history,
    param,
    ...(options.whole && !options.history ? { join: context.join, grouped: context.grouped } : {}),
    ...(key === undefined ? {} : { key }),
    ...(within ? { since: windowStart(options.asOf, within, options.zone) } : {}),
  };
  if (field.oneOfSql && test.is === 'oneOf' && !options.history) {
    // Such a choice is never missing: to be none of some values is to be one of the others.
    const chosen = (field.choices ?? []).filter((choice) => test.values.includes(choice) !== negated);
    return { text: chosen.length === 0 ? 'false' : field.oneOfSql(chosen, reading), nullable: false };
  }
  const positive: Predicate = {
    text: testSql(field, valueSql(condition, reading), test, options, param),
    nullable: true,
  };
  return negated ? opposite(positive) : positive;
}

/** What null stands for is only said where it would pass: elsewhere null fails as it does. */
function valueSql(condition: FieldCondition, reading: SqlReading): string {
  const { field } = condition;
  const value = field.sql(reading);
  const { whenNone } = field;
  const passes = whenNone !== undefined && fieldHolds(condition, whenNone, { asOf: reading.asOf, zone: '' });
  return passes ? `coalesce(${value}, ${whenNone})` : value;
}

function happenedSql(condition: HappenedCondition, options: CompileOptions, context: Context): string {
  const { happening, filter, within, atLeast } = condition;
  const { param } = context;
  const { from, where, customer, at, ended } = happening.sql(filter, { history: options.history, param });
  const asOf = param(options.asOf, 'timestamptz');
  const tests = [where, `${at} <= ${asOf}`];
  if (within) tests.push(`${at} >= ${param(windowStart(options.asOf, within, options.zone), 'timestamptz')}`);
  if (ended !== undefined) tests.push(`coalesce(${ended} > ${asOf}, true)`);
  const happened = tests.join(' and ');
  const own = `from ${from} where ${customer} = ${options.customer}.id and ${happened}`;
  if (atLeast === 1) return `exists (select 1 ${own})`;
  if (!options.whole) {
    return `(select count(*) from (select 1 ${own} limit ${atLeast}) happened) >= ${atLeast}`;
  }
  const rows = { from: `${from} where ${happened}`, customer, having: `count(*) >= ${atLeast}` };
  return `${context.grouped(rows, 'count(*)')} is not null`;
}

const SYMBOL = { above: '>', atLeast: '>=', below: '<', atMost: '<=' } as const;

function testSql(field: FactField, value: string, test: Test, options: CompileOptions, param: Param): string {
  switch (field.type) {
    case 'text':
    case 'choice':
      return textSql(value, test, param);
    case 'number':
    case 'money':
      return sizeSql(value, test, field.integral && isWhole(test) ? 'bigint' : 'float8', options, param);
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

/** Whether a number is compared with whole ones. */
function isWhole(test: Test): boolean {
  if (test.is === 'oneOf') return test.values.every(Number.isSafeInteger);
  return !('value' in test) || Number.isSafeInteger(test.value);
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

/**
 * Attributes, read as `attribute-value.ts` reads them. What most of them are, a text or a number on its own, is compared
 * without the functions for lists: those cost ten times as much a row.
 */
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
        : numbersSql(value, (element) => `${element} ${SYMBOL[test.is]} ${param(test.value, 'float8')}`);
    case 'contains': {
      const text = param(test.text, 'text');
      return byKindSql(value, `position(${text} in ${value} #>> '{}') > 0`, `${value} ? ${text}`);
    }
    case 'startsWith':
      return byKindSql(
        value,
        `starts_with(${value} #>> '{}', ${param(test.text, 'text')})`,
        listSql(`attribute_texts(${value})`, test, param),
      );
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

function byKindSql(value: string, ofText: string, ofList: string): string {
  return `case jsonb_typeof(${value}) when 'string' then ${ofText} when 'array' then ${ofList} else false end`;
}

function numbersSql(value: string, testOf: (element: string) => string): string {
  return `case when jsonb_typeof(${value}) = 'array'
      then exists (select from unnest(attribute_numbers(${value})) element where ${testOf('element')})
      else ${testOf(`attribute_number(${value})`)} end`;
}

/** `?|` finds texts on their own and in lists, but keys of an object too, and those are no texts. */
function jsonOneOfSql(value: string, values: readonly Operand[], param: Param): string {
  const texts = values.filter((one) => typeof one === 'string');
  const numbers = values.filter((one) => typeof one === 'number');
  const truths = values.filter((one) => typeof one === 'boolean');
  const textsSql = (wanted: readonly string[]): string =>
    `(${value} ?| ${param(wanted, 'text[]')} and jsonb_typeof(${value}) <> 'object')`;
  const parts: string[] = [];
  if (texts.length > 0) parts.push(textsSql(texts));
  if (numbers.length > 0) {
    parts.push(numbersSql(value, (element) => `${element} = any(${param(numbers, 'float8[]')})`));
  }
  for (const truth of truths) {
    parts.push(`${value} @> ${param(JSON.stringify(truth), 'jsonb')}`, textsSql([String(truth)]));
  }
  return `(${parts.join(' or ')})`;
}

/** The parser gives a type only tests that its operators stand for. */
function impossible(test: Test): never {
  throw new Error(`a condition of this type cannot be ${test.is}`);
}
