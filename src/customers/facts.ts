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

/** As of when a field is read. */
export interface Reading {
  /** Facts whose own time is later do not exist yet. */
  readonly asOf: Date;
  /**
   * False: the present, read from current rows (fast). True: facts known now whose own time is <= `asOf`, so that the
   * past can be asked.
   */
  readonly history: boolean;
  /** Start of the window `within`, inclusive; only for fields that are `windowed`. */
  readonly since?: Date;
  /** What stood for the star of a family such as `attributes.*`. */
  readonly key?: string;
}

/** As {@link Reading}, for building SQL. */
export interface SqlReading extends Reading {
  /** Alias of the `customers` row that is asked about. */
  readonly customer: string;
  /** Binds a value and returns its placeholder with the cast, such as `$3::timestamptz`. */
  readonly param: (value: unknown, cast: string) => string;
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
   * A scalar SQL expression for its value, null where it is missing: text for `text` and `choice`, float8 for `number`
   * and `money`, timestamptz for `instant`, text[] for `list`, jsonb for `json`. Values only through `param`.
   */
  sql(reading: SqlReading): string;
}

/** One customer's facts of one source, loaded. */
export interface FactReader {
  /** The value of a field of the source (by the name in its catalogue), null where it is missing. */
  read(field: string, reading: Reading): FactValue;
}

/** Which facts are wanted, of whom. */
export interface FactRequest {
  readonly customerIds: readonly string[];
  readonly asOf: Date;
  readonly history: boolean;
  /** Names of the wanted fields of this source, as in its catalogue; a source may load no more than these need. */
  readonly fields: ReadonlySet<string>;
  /** Those of `fields` that will also be read with a window. */
  readonly windowed: ReadonlySet<string>;
}
