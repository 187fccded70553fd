import { type FactField, type SqlReading } from '../../customers/facts';
import { type Duration, formatDuration, windowMs } from '../../kernel/duration';
import { type Condition, type FieldCondition, type HappenedCondition, type Leaf, walk } from './condition';
import { earliestStart, falls, passes } from './window-flips';
import { windowStart } from './window-start';

/**
 * What time alone may change about a condition: a fact slides out of a window, or comes to lie in one. For each such
 * fact there is an expression for its time; from the times of a customer follows the next instant at which the
 * membership has to be looked at again. Before it nothing can have changed by itself.
 */

/** The time of a fact by which a window may change its answer. */
export interface Edge {
  /** Null: only from its time on the fact counts, and then for good. */
  window: Duration | null;
  /** An expression over the `customers` row: timestamptz, null where there is no such fact. */
  sql: string;
}

/** How the edges of a condition become SQL. */
export interface EdgeOptions {
  /** Alias of the `customers` row. */
  customer: string;
  asOf: Date;
  /** The store's. */
  zone: string;
  param: SqlReading['param'];
  /** The condition of a segment, by what stands in `{ segment }`. */
  segment(ref: string): Condition;
  /** A field by its name in the catalogue. */
  field(name: string): FactField | undefined;
}

/** The edges of a condition, those of the segments that it refers to included; windows over the same facts once. */
export function edgesOf(condition: Condition, options: EdgeOptions): Edge[] {
  const edges = new Map<string, Edge[]>();
  const seen = new Set<string>();
  const collect = (part: Condition): void =>
    walk(part, (leaf) => {
      if (leaf.kind !== 'segment') {
        for (const [name, make] of leafEdges(leaf, options)) if (!edges.has(name)) edges.set(name, make());
      } else if (!seen.has(leaf.ref)) {
        seen.add(leaf.ref);
        collect(options.segment(leaf.ref));
      }
    });
  collect(condition);
  return [...edges.values()].flat();
}

type NamedEdges = [name: string, make: () => Edge[]];

function leafEdges(leaf: Leaf, options: EdgeOptions): NamedEdges[] {
  switch (leaf.kind) {
    case 'field':
      return fieldEdges(leaf, options);
    case 'happened':
      return happenedEdges(leaf, options);
    default:
      return leaf satisfies never;
  }
}

/** A happening counts from its own time on, which may lie ahead where clocks differ, and until its window has passed. */
function happenedEdges({ happening, filter, within, atLeast }: HappenedCondition, options: EdgeOptions): NamedEdges[] {
  const name = `${happening.name} ${JSON.stringify(filter)}`;
  const one = (which: 'min' | 'max', test: (at: string) => string): string => {
    const { from, where, customer, at } = happening.sql(filter, { history: false, param: options.param });
    return `(select ${which}(${at}) from ${from} where ${customer} = ${options.customer}.id and ${where} and ${test(at)})`;
  };
  const now = (): string => options.param(options.asOf, 'timestamptz');
  const coming: NamedEdges = [name, () => [{ window: null, sql: one('min', (at) => `${at} > ${now()}`) }]];
  if (!within) return [coming];
  // Where one is enough, only the newest can end it by leaving: whoever does much is not looked at again for each.
  const which = atLeast === 1 && windowMs(within) !== undefined ? 'max' : 'min';
  const leaving = (since: Date): Edge => ({
    window: within,
    sql: one(which, (at) => `${at} <= ${now()} and ${at} >= ${options.param(since, 'timestamptz')}`),
  });
  return [coming, [`${name} ${formatDuration(within)} ${which}`, () => startsOf(within, options).map(leaving)]];
}

function fieldEdges(leaf: FieldCondition, options: EdgeOptions): NamedEdges[] {
  const { within, test } = leaf;
  const edges: NamedEdges[] = [];
  if (within) {
    const oldest = options.field(OLDEST_OF_WINDOW);
    if (!oldest) throw new Error(`${leaf.name} takes a window, and nothing says when its facts leave it`);
    edges.push([
      `${OLDEST_OF_WINDOW} ${formatDuration(within)}`,
      () => startsOf(within, options).map((since) => ({ window: within, sql: valueSql(oldest, { since }, options) })),
    ]);
  }
  if (test.is === 'withinLast') {
    const { last } = test;
    edges.push([
      `${leaf.name} ${within ? formatDuration(within) : ''} ${formatDuration(last)}`,
      () => [instantEdge(leaf, last, options)],
    ]);
  }
  return edges;
}

/** The windowed fields are about counting orders; this one gives the time of the oldest in a window. */
const OLDEST_OF_WINDOW = 'orders.firstAt';

/** From when on the oldest fact matters: that of the window, and of what may come back into it (see `window-flips`). */
function startsOf(window: Duration, { asOf, zone }: EdgeOptions): Date[] {
  const start = windowStart(asOf, window, zone);
  return windowMs(window) === undefined ? [start, earliestStart(window, asOf, zone)] : [start];
}

/** A field that is an instant itself. */
function instantEdge({ field, key, within }: FieldCondition, window: Duration, options: EdgeOptions): Edge {
  const value = valueSql(
    field,
    {
      ...(key === undefined ? {} : { key }),
      ...(within ? { since: windowStart(options.asOf, within, options.zone) } : {}),
    },
    options,
  );
  const sql = field.type === 'json' ? `attribute_instant(${value}, ${options.param(options.zone, 'text')})` : value;
  return { window, sql };
}

function valueSql(field: FactField, reading: { key?: string; since?: Date }, options: EdgeOptions): string {
  const { customer, asOf, param } = options;
  return field.sql({ customer, asOf, history: false, param, ...reading });
}

/**
 * When to look again: the first instant after `now` at which one of the edges can change the answer; null when time
 * alone never will. `times` are the values of the edges, in their order.
 */
export function nextLook(
  edges: readonly Edge[],
  times: ReadonlyArray<Date | null>,
  now: Date,
  zone: string,
): Date | null {
  let next: Date | null = null;
  edges.forEach(({ window }, i) => {
    const time = times[i];
    const look = time ? lookFor(time, window, now, zone) : null;
    if (look && (next === null || look < next)) next = look;
  });
  return next;
}

function lookFor(time: Date, window: Duration | null, now: Date, zone: string): Date | null {
  if (time > now) return time;
  if (window === null) return null;
  if (time >= windowStart(now, window, zone)) return passes(time, window, now, zone);
  return time >= earliestStart(window, now, zone) ? falls(window, now, zone) : null;
}
