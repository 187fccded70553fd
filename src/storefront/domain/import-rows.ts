import { SUPPRESSION_SCOPES, type SuppressionScope } from '../../customers/suppressions';
import { normaliseAddress } from '../../kernel/address';
import { type Fault } from '../../kernel/errors';
import { KEY_PATTERN } from '../../kernel/ids';
import { cleanJson } from './clean-json';
import { type Envelope, type SourceEvent } from './envelope';
import { type Fact } from './fact';
import { FieldReader, isRecord } from './field-reader';
import { columnOf, type ImportKind } from './import-columns';
import { parseInstant } from './parse-instant';
import { readEnvelope } from './read-envelope';

/** A row of a file: what its cells say, or why it could not even be read. */
export type ImportRow =
  { row: number; values: Record<string, unknown> } | { row: number; unreadable: string; raw: string };

/** A row that is left out, for the error file. */
export interface RejectedRow {
  row: number;
  column: string;
  message: string;
  raw: string;
}

export interface NamedAddress {
  address: string;
  scope: SuppressionScope;
  reason: string;
  /** What the file brought, and which file it was. */
  evidence: Readonly<Record<string, unknown>>;
  at: Date;
}

/** Somebody who was in an experiment run with another tool. */
export interface NamedExposure {
  campaignKey: string;
  customerExternalId: string;
  arm: (typeof ARMS)[number];
  enteredAt: Date;
}

/** What the rows of one chunk come to. */
export interface ReadRows {
  facts: Fact[];
  /** The rows behind each fact, at its index: an order stands in several. */
  rowsOf: ImportRow[][];
  suppressions: NamedAddress[];
  exposures: NamedExposure[];
  /** The row behind each exposure, at its index. */
  exposureRows: ImportRow[];
  rejected: RejectedRow[];
}

export interface RowContext {
  importId: string;
  /** When the import was made: the version of rows that bring none of their own. */
  at: Date;
  storeCurrency: string;
}

/** Reads the rows of a chunk. A row is taken whole or left out whole, with the column and the reason. */
export function readRows(kind: ImportKind, rows: readonly ImportRow[], context: RowContext): ReadRows {
  const read: ReadRows = { facts: [], rowsOf: [], suppressions: [], exposures: [], exposureRows: [], rejected: [] };
  const orders = new Map<string, number>();
  for (const row of rows) {
    if ('unreadable' in row) {
      read.rejected.push({ row: row.row, column: '', message: row.unreadable, raw: row.raw });
      continue;
    }
    const faults = faultsOf(kind, row, context, read, orders);
    const raw = faults.length === 0 ? '' : rawOf(row.values);
    for (const { path, message } of faults)
      read.rejected.push({ row: row.row, column: columnOf(kind, path), message, raw });
  }
  return read;
}

function faultsOf(
  kind: ImportKind,
  row: ImportRow & { values: Record<string, unknown> },
  context: RowContext,
  read: ReadRows,
  orders: Map<string, number>,
): Fault[] {
  switch (kind) {
    case 'suppressions':
      return suppression(row, context, read);
    case 'exposures':
      return exposure(row, context, read);
    default:
      return fact(kind, row, context, read, orders);
  }
}

/** The row as a line, for the error file. */
export function rawOf(values: Record<string, unknown>): string {
  const cell = (value: unknown): string => {
    const text = typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return Object.values(values).map(cell).join(',').slice(0, 2000);
}

function fact(
  kind: FactKind,
  row: ImportRow & { values: Record<string, unknown> },
  context: RowContext,
  read: ReadRows,
  orders: Map<string, number>,
): Fault[] {
  const { event, faults } = EVENTS[kind](withoutEmpty(row.values), context);
  const result = readEnvelope(event, { storeCurrency: context.storeCurrency, vendor: false });
  const all = [...faults, ...(result.ok ? [] : result.faults)];
  if (all.length > 0 || !result.ok) return all;
  const { envelope } = result;
  const known = envelope.kind === 'order' ? orders.get(envelope.order.externalId) : undefined;
  const first = known === undefined ? undefined : read.facts[known];
  if (known !== undefined && first?.envelope.kind === 'order' && envelope.kind === 'order') {
    first.envelope.order.lines.push(...envelope.order.lines);
    read.rowsOf[known]?.push(row);
    return [];
  }
  if (envelope.kind === 'order') orders.set(envelope.order.externalId, read.facts.length);
  read.facts.push(factOf(envelope, row.row, context));
  read.rowsOf.push([row]);
  return [];
}

/**
 * Rows of one order carry one event id, by which later rows of the file find the order begun by earlier ones; other
 * rows each have their own, so that of two about the same thing the later holds.
 */
function factOf(envelope: Envelope, row: number, { importId }: RowContext): Fact {
  const origin = `import:${importId}`;
  const eventId = envelope.kind === 'order' ? origin : `${origin}:${String(row).padStart(9, '0')}`;
  return { envelope, origin, eventId, deliveryId: null, silent: true };
}

/** Empty cells say nothing: the field is left alone. */
function withoutEmpty(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== '' && value !== undefined));
}

type Reading = { event: SourceEvent; faults: Fault[] };

/** Kinds whose rows are what a shop could have told by an event. */
type FactKind = Exclude<ImportKind, 'suppressions' | 'exposures'>;

const EVENTS: Record<FactKind, (values: Record<string, unknown>, context: RowContext) => Reading> = {
  customers: customerEvent,
  orders: orderEvent,
  products: productEvent,
};

function customerEvent(values: Record<string, unknown>, { at }: RowContext): Reading {
  const { consent, consentAt, consentSource, consentIp, consentText, tags, ...rest } = values;
  const data: Record<string, unknown> = { attributes: {} };
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (name.startsWith('attributes.')) attributes[name.slice('attributes.'.length)] = value;
    else data[name] = value;
  }
  data.attributes = isRecord(rest.attributes) ? { ...rest.attributes, ...attributes } : attributes;
  if (tags !== undefined) data.tags = typeof tags === 'string' ? list(tags) : tags;
  const proof = withoutEmpty({ at: consentAt, source: consentSource, ip: consentIp, text: consentText });
  const faults: Fault[] = [];
  if (isRecord(consent)) data.consent = { ...consent, ...proof };
  else if (consent !== undefined) data.consent = { status: lower(consent), ...proof };
  else if (Object.keys(proof).length > 0) faults.push({ path: 'data.consent', message: 'is missing beside its proof' });
  return { event: { type: 'customer.updated', occurredAt: at.toISOString(), data }, faults };
}

/** One row is one line of an order. It counts as told when it was placed: whatever the shop has told since holds. */
function orderEvent(values: Record<string, unknown>, { at }: RowContext): Reading {
  const { orderExternalId, customerExternalId, email, couponCodes, ...rest } = values;
  const { productExternalId, name, category, quantity, unitPrice, ...order } = rest;
  const placedAt = typeof order.placedAt === 'string' ? parseInstant(order.placedAt) : undefined;
  const data: Record<string, unknown> = {
    ...order,
    externalId: orderExternalId,
    status: 'paid',
    customer: defined({ externalId: customerExternalId, email }),
    lines: [defined({ productExternalId, name, category, quantity, unitPrice })],
  };
  if (couponCodes !== undefined) data.couponCodes = typeof couponCodes === 'string' ? list(couponCodes) : couponCodes;
  return {
    event: { type: 'order.placed', occurredAt: (placedAt ?? at).toISOString(), data: defined(data) },
    faults: [],
  };
}

const TRUTH: Record<string, boolean> = { true: true, yes: true, '1': true, false: false, no: false, '0': false };

function productEvent(values: Record<string, unknown>, { at }: RowContext): Reading {
  const { active } = values;
  const truth = typeof active === 'string' ? (TRUTH[active.trim().toLowerCase()] ?? active) : active;
  return {
    event: { type: 'product.updated', occurredAt: at.toISOString(), data: defined({ ...values, active: truth }) },
    faults: [],
  };
}

/** Lists of other senders and our own export; an export defuses cells that begin like a formula, which is undone here. */
function suppression(
  row: ImportRow & { values: Record<string, unknown> },
  context: RowContext,
  read: ReadRows,
): Fault[] {
  const faults: Fault[] = [];
  const fields = new FieldReader(withoutEmpty(row.values), 'data', faults);
  const email = fields.required('email', { max: 320 })?.replace(/^'(?=[=+@-])/, '');
  const address = email === undefined ? undefined : normaliseAddress(email);
  if (email !== undefined && address === undefined)
    fields.fault('email', 'is no e-mail address that can be written to');
  const named = fields.optional('scope')?.trim().toLowerCase() ?? 'all';
  const scope = SUPPRESSION_SCOPES.find((one) => one === named);
  if (scope === undefined) fields.fault('scope', `must be ${SUPPRESSION_SCOPES.join(' or ')}`);
  const reason = fields.optional('reason') ?? 'import';
  const evidence = evidenceIn(fields);
  const at = fields.instant('at') ?? context.at;
  fields.refuseUnknown();
  if (faults.length === 0 && address !== undefined && scope !== undefined) {
    const shown = { ...evidence, import: context.importId, row: row.row };
    read.suppressions.push({ address, scope, reason, evidence: shown, at });
  }
  return faults;
}

/** An object, as JSON or as it stands in NDJSON; any other text is a note. */
function evidenceIn(fields: FieldReader): Record<string, unknown> {
  const given = fields.raw('evidence');
  if (given === undefined || given === null) return {};
  const cleaned = cleanJson(typeof given === 'string' ? objectIn(given) : given);
  if (!cleaned.ok) fields.fault('evidence', cleaned.message);
  return cleaned.ok && isRecord(cleaned.value) ? cleaned.value : {};
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // A note, then.
  }
  return { note: text };
}

const ARMS = ['treatment', 'holdout'] as const;

/** Entering in the time to come would make an experiment that nobody can have run. */
function exposure(row: ImportRow & { values: Record<string, unknown> }, context: RowContext, read: ReadRows): Fault[] {
  const faults: Fault[] = [];
  const fields = new FieldReader(withoutEmpty(row.values), 'data', faults);
  const campaignKey = fields.required('campaignKey', { max: 64 });
  const customerExternalId = fields.required('customerExternalId');
  const arm = ARMS.find((one) => one === fields.required('arm'));
  const enteredAt = fields.instant('enteredAt');
  fields.refuseUnknown();
  const isGiven = (name: string) => !faults.some(({ path }) => path === `data.${name}`);
  if (campaignKey !== undefined && !KEY_PATTERN.test(campaignKey)) {
    fields.fault('campaignKey', 'must consist of a-z, 0-9 and -, 64 characters at most');
  }
  if (arm === undefined && isGiven('arm')) fields.fault('arm', 'must be treatment or holdout');
  if (enteredAt === undefined && isGiven('enteredAt')) fields.fault('enteredAt', 'is missing');
  if (enteredAt !== undefined && enteredAt > context.at) fields.fault('enteredAt', 'has not come yet');
  if (faults.length === 0 && campaignKey && customerExternalId && arm && enteredAt) {
    read.exposures.push({ campaignKey, customerExternalId, arm, enteredAt });
    read.exposureRows.push(row);
  }
  return faults;
}

/** `a; b|c` and `a, b` as lists. */
function list(text: string): string[] {
  return text
    .split(/[;|,]/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

const lower = (value: unknown): unknown => (typeof value === 'string' ? value.trim().toLowerCase() : value);

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
