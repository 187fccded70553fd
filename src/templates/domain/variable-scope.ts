/**
 * What a template may name: the variables of the contract as a small type tree. The checker walks a template's
 * Handlebars against it, so that a slip of the pen is told when the template is saved and not found in a mail.
 */
export type Shape =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'any' }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Shape>> };

export const SCALAR: Shape = { kind: 'scalar' };
/** Free-form data of the shop (customer attributes, event properties): anything below it may be named. */
const ANY: Shape = { kind: 'any' };

function list(of: Shape): Shape {
  return { kind: 'list', of };
}
function object(fields: Record<string, Shape>): Shape {
  return { kind: 'object', fields };
}
function scalars(...names: string[]): Record<string, Shape> {
  return Object.fromEntries(names.map((name) => [name, SCALAR]));
}

const LINE = object(scalars('name', 'productExternalId', 'category', 'quantity', 'unitPrice', 'url', 'imageUrl'));

/** The root of every template. The names on the first level are also what a trigger or a step can provide. */
export const ROOT_SHAPE: Shape & { kind: 'object' } = {
  kind: 'object',
  fields: {
    customer: object({
      ...scalars('firstName', 'lastName', 'email', 'locale', 'stage', 'points', 'tier'),
      tags: list(SCALAR),
      attributes: ANY,
      orders: object(scalars('count', 'total', 'lastAt')),
      referral: object(scalars('code', 'url')),
    }),
    order: object({ ...scalars('externalId', 'placedAt', 'total', 'currency'), lines: list(LINE) }),
    event: object({ ...scalars('type'), properties: ANY, lines: list(LINE) }),
    recommendations: list(object(scalars('externalId', 'name', 'category', 'price', 'url', 'imageUrl'))),
    coupon: object(scalars('code', 'discount', 'expiresAt')),
    survey: object({ ...scalars('question', 'url'), scores: list(object(scalars('value', 'label', 'url'))) }),
    store: object(scalars('name', 'address', 'currency', 'locale', 'url')),
    links: object(scalars('unsubscribe', 'preferences', 'viewInBrowser', 'assets', 'confirm')),
    locale: SCALAR,
  },
};

/** First-level names that every mail has, whatever started it. */
export const ALWAYS_PROVIDED: ReadonlySet<string> = new Set(['customer', 'store', 'links', 'locale']);

/** Names that reach into JavaScript itself; they are no variables anywhere, not even below free-form data. */
export const FORBIDDEN_NAMES: ReadonlySet<string> = new Set([
  'constructor',
  'prototype',
  '__proto__',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
]);

/** The shape of `name` inside `shape`, or undefined where it has no such member. Lists take an index and `length`. */
export function memberOf(shape: Shape, name: string): Shape | undefined {
  if (FORBIDDEN_NAMES.has(name)) return undefined;
  switch (shape.kind) {
    case 'any':
      return ANY;
    case 'scalar':
      return undefined;
    case 'list':
      if (/^\d{1,4}$/.test(name)) return shape.of;
      return name === 'length' ? SCALAR : undefined;
    case 'object':
      return Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
    default: {
      const never: never = shape;
      return never;
    }
  }
}

/** The member of `shape` whose name is nearest to `name` (at most two edits away), for "did you mean". */
export function nearestMember(shape: Shape, name: string): string | undefined {
  if (shape.kind !== 'object' || name.length > 40) return undefined;
  let best: string | undefined;
  let least = 3;
  for (const candidate of Object.keys(shape.fields)) {
    const distance = editDistance(candidate.toLowerCase(), name.toLowerCase());
    if (distance < least && distance < candidate.length) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
