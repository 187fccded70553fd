import { Injectable } from '@nestjs/common';
import { FactSources } from '../customers/fact-source';
import { type HappeningFilter } from '../customers/facts';
import { type Fault, Refusal } from '../kernel/errors';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable } from '../platform/database/database';
import { type FactScope, loadFacts } from './data/load-facts';
import { allSegments, type SegmentRow } from './data/segments.sql';
import { Catalogue } from './domain/catalogue';
import { compileCondition, type SqlFragment } from './domain/compile-condition';
import { type Condition, type Leaf, walk } from './domain/condition';
import { labelOf, leavesIn, nameOf, segmentFaults, shownValue } from './domain/condition-leaves';
import { evaluateCondition, type EvaluateOptions, type Happening } from './domain/evaluate-condition';
import { parseCondition, type Parsed } from './domain/parse-condition';
import { type GraphSegment, segmentIndex, segmentRefs } from './domain/segment-graph';

export type { SqlFragment } from './domain/compile-condition';

/** How a condition is put into a statement. */
export interface FragmentOptions {
  /** Alias of the `customers` row; default `c`. */
  alias?: string;
  /** Parameters that stand before the fragment's own; default 0. */
  offset?: number;
  /** Facts as of the past instead of the current rows. */
  history?: boolean;
  /**
   * For statements that read all customers: facts are joined as sets and not looked up for each. The fragment's `joins`
   * then have to stand behind `from customers <alias>`.
   */
  whole?: boolean;
}

/** Whether a condition holds for a customer, and on which values that rests. */
export interface Decision {
  holds: boolean;
  /** By field, those of segments included: as read, missing ones null; with a window as `orders.count within P90D`. */
  values: Record<string, unknown>;
}

/** Happenings that a caller knows better than what is recorded; undefined where it does not. */
export type HappeningsInstead = (name: string, filter: HappeningFilter) => readonly Happening[] | undefined;

/** Some conditions and all that they ask for of a set of customers, in memory: decisions take no statement. */
export interface LoadedConditions {
  /**
   * @param condition index among those that were loaded
   * @param asOf for the present the instant that was loaded; for histories any up to the last
   */
  decide(condition: number, customerId: string, asOf: Date, instead?: HappeningsInstead): Decision;
  /** As `decide`, without the values. */
  holds(condition: number, customerId: string, asOf: Date, instead?: HappeningsInstead): boolean;
}

/**
 * The condition language as a service: checks, compiles and evaluates conditions as they stand in requests and in
 * stored definitions, resolving the segments that they refer to.
 */
@Injectable()
export class SegmentConditions {
  private known: Catalogue | undefined;

  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly sources: FactSources,
  ) {}

  /** The catalogue of fields; complete once all modules have started. */
  get catalogue(): Catalogue {
    const sources = this.sources.all();
    return (this.known ??= new Catalogue(
      sources.flatMap((source) => source.fields),
      sources.flatMap((source) => source.happenings ?? []),
    ));
  }

  /** Reads a condition without looking up segments. */
  parse(json: unknown, base = 'condition'): Parsed {
    return parseCondition(json, this.catalogue, this.config.store, base);
  }

  /** All faults, with paths below `base`; unknown segments and what is too large with its segments included. */
  async validate(json: unknown, base = 'condition', db: Queryable = this.database): Promise<Fault[]> {
    const parsed = this.parse(json, base);
    if (!parsed.ok) return parsed.faults;
    const index = segmentRefs(parsed.condition).length > 0 ? segmentIndex(await this.segments(db)) : undefined;
    const faults = index ? segmentFaults(parsed.condition, json, base, index) : [];
    if (faults.length === 0) await this.tellSources(parsed.condition);
    return faults;
  }

  /**
   * A predicate over a `customers` row, to be put into a larger statement.
   *
   * @throws Refusal (422) when the condition is not valid; stored ones are.
   */
  async compile(
    json: unknown,
    asOf: Date,
    options: FragmentOptions = {},
    db: Queryable = this.database,
  ): Promise<SqlFragment> {
    const condition = this.mustParse(json);
    const segment = await this.resolver([condition], db);
    return compileCondition(condition, {
      customer: options.alias ?? 'c',
      asOf,
      history: options.history ?? false,
      whole: options.whole ?? false,
      zone: this.config.store.timezone,
      offset: options.offset ?? 0,
      segment,
    });
  }

  /**
   * As {@link compile}, for the members of a segment named by id or key; those whom the shop has deleted or who were
   * erased are members of none.
   *
   * @throws Refusal (404) when there is no such segment.
   */
  async compileRef(
    ref: string,
    asOf: Date,
    options: FragmentOptions = {},
    db: Queryable = this.database,
  ): Promise<SqlFragment> {
    const segment = segmentIndex(await this.rows(db)).get(ref);
    if (!segment) throw Refusal.notFound(`The segment ${ref}`);
    const fragment = await this.compile(segment.condition, asOf, options, db);
    return { ...fragment, text: `(${memberSql(options.alias ?? 'c')} and ${fragment.text})` };
  }

  /** Those of a set of customers for whom the condition holds; one statement. */
  async evaluate(
    db: Queryable,
    json: unknown,
    customerIds: readonly string[],
    asOf: Date,
    history = false,
  ): Promise<Set<string>> {
    if (customerIds.length === 0) return new Set();
    const { text, values } = await this.compile(json, asOf, { offset: 1, history }, db);
    const rows = await db.query<{ id: string }>(
      `select c.id from customers c where c.id = any($1::uuid[]) and ${text}`,
      [customerIds, ...values],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** The same in memory, with the values that each decision rests on. */
  async decide(
    db: Queryable,
    json: unknown,
    customerIds: readonly string[],
    asOf: Date,
    history = false,
  ): Promise<Map<string, Decision>> {
    const loaded = await this.loaded(db, [json], { customerIds, asOf, history });
    return new Map(customerIds.map((id) => [id, loaded.decide(0, id, asOf)]));
  }

  /** Loads what some conditions ask for of a set of customers now; a few statements for each source of facts. */
  present(
    db: Queryable,
    conditions: readonly unknown[],
    customerIds: readonly string[],
    asOf: Date,
  ): Promise<LoadedConditions> {
    return this.loaded(db, conditions, { customerIds, asOf, history: false });
  }

  /**
   * The same with the past: decided as of any instant up to `until`, by the facts known now whose own time is not later.
   * What segments mean is what they mean now.
   */
  histories(
    db: Queryable,
    conditions: readonly unknown[],
    customerIds: readonly string[],
    until: Date,
  ): Promise<LoadedConditions> {
    return this.loaded(db, conditions, { customerIds, asOf: until, history: true });
  }

  /** The fields and kinds of happenings that a condition asks for, those of its segments included, each once. */
  async fieldsOf(json: unknown, db: Queryable = this.database): Promise<string[]> {
    const condition = this.mustParse(json);
    return [...new Set(leavesIn(condition, await this.resolver([condition], db)).map(nameOf))];
  }

  /** All segments with their conditions read. */
  async segments(db: Queryable): Promise<GraphSegment[]> {
    return (await this.rows(db)).map(({ id, key, condition }) => ({ id, key, condition: this.mustParse(condition) }));
  }

  /** Those of segments that it refers to were told of when the segments were accepted. */
  private async tellSources(condition: Condition): Promise<void> {
    const asked = new Set<string>();
    walk(condition, (leaf) => {
      if (leaf.kind === 'field') asked.add(leaf.name);
    });
    for (const source of this.sources.all()) {
      const fields = source.fields.map(({ name }) => name).filter((name) => asked.has(name));
      if (fields.length > 0) await source.asked?.(fields);
    }
  }

  private rows(db: Queryable): Promise<SegmentRow[]> {
    return db.query<SegmentRow>(allSegments());
  }

  private mustParse(json: unknown): Condition {
    const parsed = this.parse(json);
    if (!parsed.ok) throw Refusal.invalid(parsed.faults);
    return parsed.condition;
  }

  private async resolver(conditions: readonly Condition[], db: Queryable): Promise<(ref: string) => Condition> {
    const refers = conditions.some((condition) => segmentRefs(condition).length > 0);
    const index = refers ? segmentIndex(await this.segments(db)) : new Map<string, GraphSegment>();
    return (ref) => {
      const segment = index.get(ref);
      if (!segment) throw Refusal.invalid([{ path: 'segment', message: `the segment ${ref} does not exist` }]);
      return segment.condition;
    };
  }

  private async loaded(
    db: Queryable,
    jsons: readonly unknown[],
    scope: Omit<FactScope, 'zone'>,
  ): Promise<LoadedConditions> {
    const { timezone: zone, currency } = this.config.store;
    const parsed = jsons.map((json) => this.mustParse(json));
    const segment = await this.resolver(parsed, db);
    const conditions = parsed.map((condition) => ({ condition, leaves: leavesIn(condition, segment) }));
    const leaves = conditions.flatMap((one) => one.leaves);
    const facts = await loadFacts(db, this.sources.all(), leaves, { ...scope, zone });
    const options = (customerId: string, asOf: Date, instead?: HappeningsInstead): EvaluateOptions => {
      const known = facts(customerId);
      const happenings: EvaluateOptions['happenings'] = (leaf) =>
        instead?.(leaf.happening.name, leaf.filter) ?? known.happenings(leaf);
      return { facts: known.facts, happenings, asOf, zone, segment };
    };
    const at = (index: number): { condition: Condition; leaves: Leaf[] } => {
      const found = conditions[index];
      if (!found) throw new RangeError(`condition ${index} was not loaded`);
      return found;
    };
    return {
      holds: (index, id, asOf, instead) => evaluateCondition(at(index).condition, options(id, asOf, instead)),
      decide: (index, id, asOf, instead) => {
        const { condition, leaves: own } = at(index);
        const read = options(id, asOf, instead);
        const values = own.map((leaf) => [labelOf(leaf), shownValue(leaf, read, currency)] as const);
        return { holds: evaluateCondition(condition, read), values: Object.fromEntries(values) };
      },
    };
  }
}

/** Who can be a member of a segment at all. */
export function memberSql(c: string): string {
  return `${c}.deleted_at is null and ${c}.erased_at is null`;
}
