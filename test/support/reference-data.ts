import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Where the real data of the checks lies; it is no part of the project. */
const FOLDER = process.env.RITORNO_DATA ?? path.resolve(__dirname, '../../../shared/data');

/** `describe` where the reference data stands, else a skipped block that says what is missing. */
export function describeWithData(title: string, folder: string, body: () => void): void {
  const at = path.join(FOLDER, folder);
  if (existsSync(at)) describe(title, body);
  else describe.skip(`${title} (skipped: no reference data at ${at}; set RITORNO_DATA)`, body);
}

/** A text file of the reference data, unpacked if its name ends in .gz. */
export function readReference(file: string): string {
  const bytes = readFileSync(path.join(FOLDER, file));
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** The files of a tar archive of the reference data (ustar, gzip), by their names. */
export function referenceArchive(file: string): Map<string, Buffer> {
  const bytes = gunzipSync(readFileSync(path.join(FOLDER, file)));
  const files = new Map<string, Buffer>();
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0;) {
    const field = (from: number, length: number): string =>
      bytes.toString('latin1', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = parseInt(field(124, 12), 8);
    if (field(156, 1) === '0') files.set(field(0, 100).replace(/^\.\//, ''), bytes.subarray(at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

/** The rows of a CSV file without quoted commas, by the names of its head line. */
export function referenceRows(file: string): Array<Record<string, string>> {
  const [head = '', ...lines] = readReference(file).trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}

/** A line of a clean order of the online-retail log: customer, invoice, no `C` invoice, quantity and price above 0. */
export function isCleanLine(row: Record<string, string>): boolean {
  const { customer_id: customer, invoice = '', quantity, unit_price: price } = row;
  return customer !== '' && !invoice.startsWith('C') && Number(quantity) > 0 && Number(price) > 0;
}

export function onlineRetailLines(): Array<Record<string, string>> {
  return referenceRows('online-retail/online_retail_dev.csv.gz').filter(isCleanLine);
}
