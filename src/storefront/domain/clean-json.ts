/** How much free JSON (attributes, properties of an event) one object may hold, and how deep. */
const LARGEST_CHARACTERS = 32_768;
const DEEPEST = 8;

const CONTROL = /[\u0000-\u001f\u007f]/;

const CONTROL_BUT_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Whether a text holds control characters; with `lines` tabs and line breaks are no fault. */
export function hasControl(text: string, lines: boolean): boolean {
  return (lines ? CONTROL_BUT_LINES : CONTROL).test(text);
}

const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Half surrogate pairs (Postgres refuses them in jsonb) become the replacement character. */
export function wellFormed(text: string): string {
  return SURROGATE.test(text) ? text.replace(LONE_SURROGATE, '\ufffd') : text;
}

export type Cleaned = { ok: true; value: unknown } | { ok: false; message: string };

/**
 * Makes free JSON storable: no NUL characters (a fault), no half surrogates (replaced), bounded in size and depth (a
 * fault). Everything else is kept as it is.
 */
export function cleanJson(value: unknown): Cleaned {
  const walked = walk(value, 0);
  if (!walked.ok) return walked;
  if (JSON.stringify(walked.value).length > LARGEST_CHARACTERS) return { ok: false, message: 'is too large (32 KiB)' };
  return walked;
}

function walk(value: unknown, depth: number): Cleaned {
  if (depth > DEEPEST) return { ok: false, message: `must not be nested deeper than ${DEEPEST}` };
  if (typeof value === 'string') return cleanText(value);
  if (typeof value !== 'object' || value === null) return { ok: true, value };
  const copy: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    const name = cleanText(key);
    if (!name.ok) return name;
    const inner = walk(item, depth + 1);
    if (!inner.ok) return inner;
    copy.push([String(name.value), inner.value]);
  }
  return { ok: true, value: Array.isArray(value) ? copy.map(([, item]) => item) : Object.fromEntries(copy) };
}

function cleanText(text: string): Cleaned {
  if (text.includes('\u0000')) return { ok: false, message: 'must not hold NUL characters' };
  return { ok: true, value: wellFormed(text) };
}
