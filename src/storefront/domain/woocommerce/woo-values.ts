import { instantOrUndefined, nameOrUndefined } from '../lenient-values';
import { type DeliveryContext, type Loose } from '../translation';

/** WooCommerce's GMT times carry no zone: `2017-03-22T19:28:02`. */
export function gmt(body: Loose, name: string): string | undefined {
  const value = body.text(`${name}_gmt`);
  if (value === undefined) return undefined;
  return instantOrUndefined(/(?:Z|[+-]\d{2}:?\d{2})$/i.test(value) ? value : `${value}Z`);
}

/** When it happened: the last change of the resource, else when it reached us. */
export function occurredAt(body: Loose, context: DeliveryContext): string {
  return gmt(body, 'date_modified') ?? gmt(body, 'date_created') ?? context.receivedAt.toISOString();
}

const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  ndash: '\u2013',
  mdash: '\u2014',
  hellip: '\u2026',
  lsquo: '\u2018',
  rsquo: '\u2019',
  ldquo: '\u201c',
  rdquo: '\u201d',
  laquo: '\u00ab',
  raquo: '\u00bb',
  times: '\u00d7',
  deg: '\u00b0',
  euro: '\u20ac',
  pound: '\u00a3',
  trade: '\u2122',
  reg: '\u00ae',
  copy: '\u00a9',
  eacute: '\u00e9',
  egrave: '\u00e8',
  agrave: '\u00e0',
  igrave: '\u00ec',
  ograve: '\u00f2',
  ugrave: '\u00f9',
};

/** WooCommerce sends names as HTML (`Black &ndash; M`); in a mail they would be escaped once more. */
export function plainName(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value
    .replace(/<[^>]{0,500}>/g, ' ')
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi, characterOf)
    .replace(/ {2,}/g, ' ');
  return nameOrUndefined(text);
}

function characterOf(entity: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? entity;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : entity;
}
