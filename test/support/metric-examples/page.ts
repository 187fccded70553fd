import { readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(__dirname, '../../..');
export const PAGE = readFileSync(path.join(ROOT, 'docs/metrics.md'), 'utf8');

/** A fenced block of the page. */
export interface Example {
  figure: string;
  input: unknown;
  /** Of an object only what is named is compared. */
  output: unknown;
  /** Decimals to which numbers agree; default 4. */
  digits?: number;
}

export interface Section {
  title: string;
  text: string;
  examples: Example[];
}

/** The figures of the page: its third-level headings. */
export const SECTIONS: Section[] = PAGE.split(/^### /m)
  .slice(1)
  .map((part) => {
    const text = part.split(/^## /m)[0] ?? '';
    const blocks = [...text.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = '']) => JSON.parse(json) as Example);
    return { title: text.split('\n')[0] ?? '', text, examples: blocks };
  });

export const EXAMPLES = SECTIONS.flatMap(({ title, examples }) =>
  examples.map((example, i): [string, Example] => [`${title} (${example.figure}, example ${i + 1})`, example]),
);

/** What of `found` differs from `wanted`, by path. */
export function differences(found: unknown, wanted: unknown, digits = 4, at = 'output'): string[] {
  if (typeof wanted === 'number' && typeof found === 'number') {
    return Math.abs(found - wanted) <= 0.5000001 * 10 ** -digits ? [] : [`${at} is ${found}, not ${wanted}`];
  }
  if (wanted === null || typeof wanted !== 'object') {
    return found === wanted ? [] : [`${at} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`];
  }
  if (found === null || typeof found !== 'object') return [`${at} is ${JSON.stringify(found)}`];
  if (Array.isArray(wanted) && (!Array.isArray(found) || found.length !== wanted.length)) {
    return [`${at} is ${JSON.stringify(found)}`];
  }
  const fields = found as Record<string, unknown>;
  return Object.entries(wanted).flatMap(([name, value]) => differences(fields[name], value, digits, `${at}.${name}`));
}
