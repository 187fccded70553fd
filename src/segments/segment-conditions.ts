import { Injectable } from '@nestjs/common';
import { FactSources } from '../customers/fact-source';
import { type FactReader } from '../customers/facts';
import { type Fault, Refusal } from '../kernel/errors';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable } from '../platform/database/database';
import { allSegments, type SegmentRow } from './data/segments.sql';
import { Catalogue } from './domain/catalogue';
import { compileCondition, type SqlFragment } from './domain/compile-condition';
import { type Condition, type FieldCondition } from './domain/condition';
import { fieldsIn, labelOf, segmentFaults, shownValue } from './domain/condition-leaves';
import { evaluateCondition, type EvaluateOptions } from './domain/evaluate-condition';
import { parseCondition, type Parsed } from './domain/parse-condition';
import { type GraphSegment, segmentIndex, segmentRefs } from './domain/segment-graph';

export type { SqlFragment } from './domain/compile-condition';

/** How a condition is put into a statement. */
export interface FragmentOptions {
  /** Alias of the `customers` row; default `c`. */
  alias?: string;
  /** Parameters that stand before the fragment's own; default 0. */
  offset?: number;
  /** Facts as of the past instead of the current rows (customers' own fields: always the current ones). */
  history?: boolean;
}

/** Whether a condition holds for a customer, and on which values that rests. */
export interface Decision {
  holds: boolean;
  /** By field, those of segments included: as read, missing ones null; with a window as `orders.count within P90D`. */
  values: Record<string, unknown>;
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
    return (this.known ??= new Catalogue(this.sources.all().flatMap((source) => source.fields)));
  }

  /** Reads a condition without looking up segments. */
  parse(json: unknown, base = 'condition'): Parsed {
    return parseCondition(json, this.catalogue, this.config.store, base);
  }

  /** All faults, with paths below `base`; unknown segments and what is too large with its segments included. */
  async validate(json: unknown, base = 'condition', db: Queryable = this.database): Promise<Fault[]> {
    const parsed = this.parse(json, base);
    if (!parsed.ok) return parsed.faults;
    if (segmentRefs(parsed.condition).length === 0) return [];
    return segmentFaults(parsed.condition, json, base, segmentIndex(await this.segments(db)));
  }

  /**
   * A boolean SQL expression over a `customers` row, never null, to be put into a larger statement.
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
    const segment = await this.resolver(condition, db);
    return compileCondition(condition, {
      customer: options.alias ?? 'c',
      asOf,
      history: options.history ?? false,
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
    const { text, values } = await this.compile(segment.condition, asOf, options, db);
    return { text: `(${memberSql(options.alias ?? 'c')} and ${text})`, values };
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

  /** The same in memory, with the values that each decision rests on; one or two statements per source of facts. */
  async decide(
    db: Queryable,
    json: unknown,
    customerIds: readonly string[],
    asOf: Date,
    history = false,
  ): Promise<Map<string, Decision>> {
    const condition = this.mustParse(json);
    const segment = await this.resolver(condition, db);
    const leaves = fieldsIn(condition, segment);
    const facts = await this.load(db, leaves, customerIds, asOf, history);
    const zone = this.config.store.timezone;
    return new Map(
      customerIds.map((id) => {
        const options: EvaluateOptions = { facts: facts(id), asOf, history, zone, segment };
        const values = leaves.map(
          (leaf) => [labelOf(leaf), shownValue(leaf, options, this.config.store.currency)] as const,
        );
        return [id, { holds: evaluateCondition(condition, options), values: Object.fromEntries(values) }];
      }),
    );
  }

  /** The fields that a condition asks for, those of its segments included, each once. */
  async fieldsOf(json: unknown, db: Queryable = this.database): Promise<string[]> {
    const condition = this.mustParse(json);
    const leaves = fieldsIn(condition, await this.resolver(condition, db));
    return [...new Set(leaves.map(({ name }) => name))];
  }

  /** All segments with their conditions read. */
  async segments(db: Queryable): Promise<GraphSegment[]> {
    return (await this.rows(db)).map(({ id, key, condition }) => ({ id, key, condition: this.mustParse(condition) }));
  }

  private rows(db: Queryable): Promise<SegmentRow[]> {
    return db.query<SegmentRow>(allSegments());
  }

  private mustParse(json: unknown): Condition {
    const parsed = this.parse(json);
    if (!parsed.ok) throw Refusal.invalid(parsed.faults);
    return parsed.condition;
  }

  private async resolver(condition: Condition, db: Queryable): Promise<(ref: string) => Condition> {
    const index =
      segmentRefs(condition).length === 0 ? new Map<string, GraphSegment>() : segmentIndex(await this.segments(db));
    return (ref) => {
      const segment = index.get(ref);
      if (!segment) throw Refusal.invalid([{ path: 'segment', message: `the segment ${ref} does not exist` }]);
      return segment.condition;
    };
  }

  private async load(
    db: Queryable,
    leaves: readonly FieldCondition[],
    customerIds: readonly string[],
    asOf: Date,
    history: boolean,
  ): Promise<(id: string) => FactReader> {
    const readers = new Map<string, Map<string, FactReader>>();
    for (const source of this.sources.all()) {
      const names = new Set(source.fields.map(({ name }) => name));
      const wanted = leaves.filter(({ field }) => names.has(field.name));
      if (wanted.length === 0) continue;
      const fields = new Set(wanted.map(({ field }) => field.name));
      const windowed = new Set(wanted.filter(({ within }) => within).map(({ field }) => field.name));
      const loaded = await source.load(db, { customerIds, asOf, history, fields, windowed });
      for (const name of fields) readers.set(name, loaded);
    }
    return (id) => ({ read: (name, reading) => readers.get(name)?.get(id)?.read(name, reading) ?? null });
  }
}

/** Who can be a member of a segment at all. */
export function memberSql(c: string): string {
  return `${c}.deleted_at is null and ${c}.erased_at is null`;
}
