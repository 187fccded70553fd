/**
 * The vocabulary of the catalogue of fields: what a condition may ask about a customer, each field readable in SQL and
 * in memory, as of an instant. The port is in `fact-source.ts`; this file is pure.
 */

/**
 * What kind of value a field has. `choice` is a text from a closed list, `money` an amount in minor units of the
 * store's currency, `list` a list of texts, `json` whatever a shop has put there.
 */
export type FactType = 'text' | 'choice' | 'number' | 'money' | 'instant' | 'list' | 'json';

/** JSON as it comes out of a jsonb column. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A value read in memory: Date for instants, minor units for money, string[] for lists; null is a missing value. */
export type FactValue = Json | Date;

/** As of when a field is read in memory. */
export interface Reading {
  /** A timeline answers as of this instant; what was loaded as the present does not look at it. */
  readonly asOf: Date;
  /** Start of the window `within`, inclusive; only for fields that are `windowed`. */
  readonly since?: Date;
  /** What stood for the star of a family such as `attributes.*`. */
  readonly key?: string;
}

/** As {@link Reading}, for building SQL. */
export interface SqlReading extends Reading {
  /**
   * False: the present, read from current rows (fast). True: facts known now whose own time is <= `asOf`, so that the
   * past can be asked.
   */
  readonly history: boolean;
  /** Alias of the `customers` row that is asked about. */
  readonly customer: string;
  /**
   * Binds a value and returns its placeholder with the cast, such as `$3::timestamptz`; the same value is bound once.
   */
  readonly param: (value: unknown, cast: string) => string;
  /**
   * There when the whole base is asked at once: left-joins a relation with at most one row a customer, by its column
   * `customer_id` (or by `email`), and returns its alias; the same relation is joined once. A look-up for each of a
   * million customers costs several times what one join does. Absent when few are asked: then look-ups by index are the
   * better plan.
   */
  readonly join?: (relation: string, by?: 'customer_id' | 'email') => string;
  /**
   * There when `join` is: an aggregate over rows grouped by whose they are, null for who has none. The groups of the same
   * rows are made once, with all the aggregates that are asked of them.
   */
  readonly grouped?: (rows: GroupedRows, aggregate: string) => string;
}

/** Rows of all customers. Aliases inside are the author's own and stay inside; values only through `param`. */
export interface GroupedRows {
  /** `orders o where o.counting` */
  readonly from: string;
  /** The id of the customer whose it is: `o.customer_id`. */
  readonly customer: string;
  /** Which groups there are: `count(*) >= 2`; default all. */
  readonly having?: string;
}

/** One field of the catalogue. */
export interface FactField {
  /** As written in a condition: `orders.count`, or a family: `attributes.*`. */
  readonly name: string;
  readonly type: FactType;
  /** One sentence for the documentation. */
  readonly about: string;
  /** The values of a `choice`. */
  readonly choices?: readonly string[];
  /** Whether it takes `within`: computed over that window only. */
  readonly windowed?: boolean;
  /**
   * How a text that is compared with it is written; the form in which the field is stored. Default: as it is.
   */
  readonly normalise?: (text: string) => string;
  /**
   * What null stands for, where it is a value: 0 for a count. Not said in `sql`, because a comparison that null fails
   * anyway can then be answered by an inner join.
   */
  readonly whenNone?: number;
  /**
   * Its numbers are whole, and `sql` gives them as int or bigint: compared as what the columns are, the planner knows from
   * their statistics how many pass.
   */
  readonly integral?: boolean;
  /** By which names its changes are announced (`event:ticket.opened`). Default: the name of its source. */
  readonly toldAs?: readonly string[];
  /**
   * A scalar SQL expression for its value, null where it is missing: text for `text` and `choice`, float8 for `number`
   * and `money` that are not `integral`, timestamptz for `instant`, text[] for `list`, jsonb for `json`. Values only
   * through `param`.
   */
  sql(reading: SqlReading): string;
  /** For a `choice`: a predicate that its value is one of these, never null, where that is cheaper than the value. */
  oneOfSql?(values: readonly string[], reading: SqlReading): string;
}

/** Tells what is wrong with a condition; `at` is the path below it (`bought.product`). */
export type TellFault = (at: string, message: string) => undefined;

/** What a condition asks of a kind of happening, read and found right: `{ category: 'coffee' }`. */
export type HappeningFilter = Readonly<Record<string, string>>;

/**
 * Happenings as a relation, one row each. Aliases inside are the author's own and stay inside; values only through
 * `param`.
 */
export interface HappeningsSql {
  /** `orders o` */
  readonly from: string;
  /** `o.counting and ...` */
  readonly where: string;
  /** The id of the customer whom it happened to: `o.customer_id`. */
  readonly customer: string;
  /** When it happened, its own time: `o.placed_at`. */
  readonly at: string;
  /** With `history`: from when on it counts no more (an order that was refunded in full), null for never. */
  readonly ended?: string;
}

/**
 * A kind of happening that a condition counts: `bought`, `event`, `message`. The condition holds when at least
 * `atLeast` of them (1, if nothing is said) lie in the window `within`.
 */
export interface FactHappening {
  /** The key that marks it in a condition: `bought`. */
  readonly name: string;
  /** How it is written, for the documentation. */
  readonly form: string;
  /** What it counts, for the documentation. */
  readonly about: string;
  /** The keys that a condition may have beside `name`, `within` among them where it takes a window. */
  readonly keys: readonly string[];
  /** Reads what is asked for; undefined after telling every fault. */
  read(node: Readonly<Record<string, unknown>>, fault: TellFault): HappeningFilter | undefined;
  /** What a filter is called where decisions are explained: `bought coffee`. */
  label(filter: HappeningFilter): string;
  /** By which names the changes that concern a filter are announced. Default: the name of its source. */
  toldAs?(filter: HappeningFilter): readonly string[];
  /**
   * In the present the happenings as known now; with `history` all that ever happened, those that have ended included.
   * The window and the instant are the caller's.
   */
  sql(filter: HappeningFilter, reading: Pick<SqlReading, 'history' | 'param'>): HappeningsSql;
}

/** One customer's facts of one source, loaded. */
export interface FactReader {
  /** The value of a field of the source (by the name in its catalogue), null where it is missing. */
  read(field: string, reading: Reading): FactValue;
}

/** Which facts are wanted, of whom. */
export interface FactRequest {
  readonly customerIds: readonly string[];
  /** Names of the wanted fields of this source, as in its catalogue; a source may load no more than these need. */
  readonly fields: ReadonlySet<string>;
  /** Those of `fields` that will also be read with a window. */
  readonly windowed: ReadonlySet<string>;
  /** What will stand for the star of families. */
  readonly keys: ReadonlySet<string>;
}

const TEXT_LIMIT = 1000;

/** Whether something is a text that may be compared: 1 to 1,000 characters that a stored text can have. */
export function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= TEXT_LIMIT && isStorable(value);
}

/** NUL and halves of surrogate pairs cannot be stored in Postgres: no stored text could ever be equal to them. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !/[\ud800-\udfff]/u.test(text);
}
