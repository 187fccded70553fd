/**
 * Arrays as Postgres literals, for statements over `unnest` that run all the time: the driver's own serialisation of
 * arrays (element by element, with time zones worked out for each Date) was a third of the engine's CPU time in Node.
 * Pass the result where an array parameter is cast: `$1::uuid[]`.
 */

/** Ids, numbers and other words without comma, brace, quote, backslash or blank. */
export function plainArray(values: ReadonlyArray<string | number | boolean | null>): string {
  let text = '{';
  for (let i = 0; i < values.length; i++) text += `${i === 0 ? '' : ','}${values[i] ?? 'NULL'}`;
  return `${text}}`;
}

/** Any text, quoted. */
export function textArray(values: ReadonlyArray<string | null>): string {
  // Written at once by the engine's own code where nothing needs an escape: then JSON quotes as an array literal does.
  const json = JSON.stringify(values);
  if (!json.includes('\\')) return `{${json.slice(1, -1)}}`;
  let text = '{';
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (i > 0) text += ',';
    text += value === null || value === undefined ? 'NULL' : `"${SPECIAL.test(value) ? escape(value) : value}"`;
  }
  return `${text}}`;
}

/**
 * JSON, to be cast to jsonb. What `JSON.stringify` makes of a text is also how an array literal quotes it, as long as the
 * text has no control characters; and JSON itself has none.
 */
export function jsonArray(values: readonly unknown[]): string {
  return `{${JSON.stringify(values.map((value) => JSON.stringify(value ?? null))).slice(1, -1)}}`;
}

/** Instants. Runs of the same one (a batch due at one moment) are formatted once. */
export function instantArray(values: ReadonlyArray<Date | null>): string {
  let text = '{';
  let last = Number.NaN;
  let formatted = '';
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (i > 0) text += ',';
    if (!value) {
      text += 'NULL';
      continue;
    }
    if (value.getTime() !== last) {
      last = value.getTime();
      formatted = value.toISOString();
    }
    text += formatted;
  }
  return `${text}}`;
}

const SPECIAL = /["\\]/;

function escape(value: string): string {
  return value.replace(/["\\]/g, '\\$&');
}
