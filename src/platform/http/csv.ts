import { stringify, type Options, type Stringifier } from 'csv-stringify';
import { stringify as stringifyNow } from 'csv-stringify/sync';

/** What a cell may hold; null and undefined are empty, dates are ISO 8601 in UTC. */
export type CsvCell = string | number | boolean | Date | null | undefined;

export const CSV_MEDIA_TYPE = 'text/csv; charset=utf-8';

/** A spreadsheet runs a cell that begins with one of these as a formula. Tab and CR are skipped by some before it. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * Text that a spreadsheet would take for a formula gets an apostrophe before it. Numbers are written by us and stay as
 * they are, so that a negative one remains a number (the library's `escape_formulas` would quote those too).
 */
function defused(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

const OPTIONS: Options = {
  record_delimiter: 'windows',
  cast: {
    string: defused,
    number: String,
    boolean: String,
    date: (value) => value.toISOString(),
  },
};

/** Rows under a header line, as one text (RFC 4180, CRLF). For answers of bounded size. */
export function csvText(header: readonly string[], rows: ReadonlyArray<readonly CsvCell[]>): string {
  return stringifyNow([header, ...rows] as CsvCell[][], OPTIONS);
}

/** A stream that takes rows (arrays of cells) and gives CSV, the header line first even where no row follows. */
export function csvStream(header: readonly string[]): Stringifier {
  const stream = stringify(OPTIONS);
  stream.write(header);
  return stream;
}
