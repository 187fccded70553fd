import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { type CsvError, parse } from 'csv-parse';
import { Refusal } from '../kernel/errors';
import { isRecord } from './domain/field-reader';
import { headerFaults, type ImportFormat, type ImportKind } from './domain/import-columns';
import { type ImportRow } from './domain/import-rows';
import { parseJson } from './domain/parse-json';

/** Rows of one chunk: the unit of work, and what is held in memory at a time. */
export const CHUNK_ROWS = 2_000;
/** Longest row. A quote that is never closed makes one row of the rest of the file. */
const LONGEST_ROW = 1024 * 1024;
const UNREADABLE = 'cannot be read';

/** Reads a file as it streams, in chunks of rows. @throws Refusal 422 for a header line that is at fault */
export async function* readChunks(
  kind: ImportKind,
  format: ImportFormat,
  content: Readable,
): AsyncGenerator<ImportRow[]> {
  let chunk: ImportRow[] = [];
  for await (const row of format === 'csv' ? csvRows(kind, content) : jsonRows(content)) {
    chunk.push(row);
    if (chunk.length < CHUNK_ROWS) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function* csvRows(kind: ImportKind, content: Readable): AsyncGenerator<ImportRow> {
  const parser = parse({
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LONGEST_ROW,
  });
  const skipped: CsvError[] = [];
  parser.on('skip', (error: CsvError) => skipped.push(error));
  content.once('error', (error) => parser.destroy(error));
  content.once('aborted', () => parser.destroy(new Error('the upload was broken off')));
  content.pipe(parser);
  let header: string[] | undefined;
  let row = 0;
  for await (const cells of parser as AsyncIterable<string[]>) {
    for (const error of skipped.splice(0)) yield unreadable(++row, error);
    if (header) {
      yield rowOf(++row, header, cells);
      continue;
    }
    header = cells.map((name) => name.trim());
    const faults = headerFaults(kind, header);
    if (faults.length > 0) throw Refusal.invalid(faults, 'The header line is at fault.');
  }
  if (!header) throw Refusal.invalid([{ path: 'columns', message: 'the file has no header line' }]);
  for (const error of skipped.splice(0)) yield unreadable(++row, error);
}

function rowOf(row: number, header: readonly string[], cells: readonly string[]): ImportRow {
  if (cells.length !== header.length) {
    const raw = cells.join(',').slice(0, 2000);
    return { row, unreadable: `${UNREADABLE}: it has ${cells.length} cells, the header line ${header.length}`, raw };
  }
  return { row, values: Object.fromEntries(header.map((name, i) => [name, storable(cells[i] ?? '')])) };
}

function unreadable(row: number, error: CsvError): ImportRow {
  const line = typeof error.lines === 'number' ? ` (line ${error.lines})` : '';
  return {
    row,
    unreadable: `${UNREADABLE}${line}: a quote that is never closed, or a row of more than 1 MiB`,
    raw: '',
  };
}

async function* jsonRows(content: Readable): AsyncGenerator<ImportRow> {
  let row = 0;
  for await (const line of createInterface({ input: content, crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    yield jsonRow(++row, line);
  }
}

function jsonRow(row: number, line: string): ImportRow {
  const raw = storable(line.slice(0, 2000));
  if (line.length > LONGEST_ROW) return { row, unreadable: `${UNREADABLE}: more than 1 MiB`, raw };
  try {
    const values = parseJson(line.replace(/^\ufeff/, ''));
    if (isRecord(values) && !line.includes('\\u0000')) return { row, values };
  } catch {
    // told as unreadable, with the line
  }
  return { row, unreadable: `${UNREADABLE}: no JSON object`, raw };
}

/** NUL cannot be stored in Postgres; the replacement makes the field that holds it a fault where it matters. */
function storable(text: string): string {
  return text.includes('\u0000') ? text.replaceAll('\u0000', '\ufffd') : text;
}
