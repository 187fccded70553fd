import { Readable } from 'node:stream';
import { type Options, stringify } from 'csv-stringify/sync';

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

/** Lines of CSV (RFC 4180, CRLF), without a header. */
export function csvLines(rows: ReadonlyArray<readonly CsvCell[]>): string {
  return stringify(rows as CsvCell[][], OPTIONS);
}

/** Rows under a header line, as one text. For answers of bounded size. */
export function csvText(header: readonly string[], rows: ReadonlyArray<readonly CsvCell[]>): string {
  return csvLines([header, ...rows]);
}

/**
 * CSV of any length, page by page: the header line, then the rows of each page as they are fetched, with no more than a
 * page in memory.
 */
export function csvStream(
  header: readonly string[],
  pages: AsyncIterable<ReadonlyArray<readonly CsvCell[]>>,
): Readable {
  return Readable.from(csvChunks(header, pages), { objectMode: false });
}

async function* csvChunks(
  header: readonly string[],
  pages: AsyncIterable<ReadonlyArray<readonly CsvCell[]>>,
): AsyncGenerator<string> {
  yield csvLines([header]);
  for await (const rows of pages) if (rows.length > 0) yield csvLines(rows);
}
