import {
  type FieldVersions,
  isLater,
  type Version,
  versionEvent,
  versionKey,
  versionTime,
} from '../../kernel/versioned';
import { type ConsentStatus, type ConsentWord, type CustomerPatch } from '../customers.types';

/** The shop's word about consent, with nothing left out. */
export interface ConsentState {
  status: ConsentStatus;
  source: string | null;
  at: Date | null;
  ip: string | null;
  text: string | null;
  topics: Record<string, unknown>;
}

export const NO_CONSENT: ConsentState = { status: 'none', source: null, at: null, ip: null, text: null, topics: {} };

/** A customer as the merge sees it: values, and the version of the event that last set each. */
export interface CustomerState {
  id: string;
  externalId: string | null;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  locale: string | null;
  timezone: string | null;
  /** As the shop says; until it says so, the earliest event that named the person. */
  createdAt: Date;
  attributes: Record<string, unknown>;
  tags: readonly string[];
  consent: ConsentState;
  deletedAt: Date | null;
  versions: FieldVersions;
}

/** One entry of the history: at `at` the field had this value. */
export interface FieldFact {
  field: string;
  at: Date;
  value: unknown;
  eventId: string;
}

/** Plain fields, each with a version of its own. */
const PLAIN = ['email', 'firstName', 'lastName', 'locale', 'timezone'] as const;
const ALL_ATTRIBUTES = 'attributes';
const attributeField = (key: string): string => `attributes.${key}`;

/** A customer nobody has said anything about yet. */
export function newCustomerState(id: string, createdAt: Date): CustomerState {
  return {
    id,
    externalId: null,
    email: null,
    firstName: null,
    lastName: null,
    locale: null,
    timezone: null,
    createdAt,
    attributes: {},
    tags: [],
    consent: NO_CONSENT,
    deletedAt: null,
    versions: {},
  };
}

/**
 * Lays a patch over a customer: every field, attribute key, the tag list and the consent keep what the event with the
 * greatest version said (`api.md` 3, Merging). Commutative and idempotent: any order and repetition of the same
 * patches gives the same state.
 *
 * @returns the new state and the facts for the history. A patch that loses is a fact too (it was true at its time);
 *   then the present value is stated again at its own version, because that statement may have been left out as
 *   nothing new.
 */
export function applyPatch(
  before: CustomerState,
  patch: CustomerPatch,
  version: Version,
): { state: CustomerState; facts: FieldFact[] } {
  const state = { ...before, versions: { ...before.versions } };
  const writer = new Writer(state.versions, version);
  for (const field of PLAIN) {
    const value = patch[field];
    if (value !== undefined && writer.set(field, state[field], value)) state[field] = value;
  }
  if (patch.tags !== undefined) {
    const value = uniqueTags(patch.tags ?? []);
    if (writer.set('tags', state.tags, value)) state.tags = value;
  }
  if (patch.consent !== undefined) {
    const value = consentState(patch.consent);
    if (writer.set('consent', state.consent, value)) state.consent = value;
  }
  if (patch.attributes !== undefined) state.attributes = patchAttributes(state, patch.attributes, writer);
  patchCreatedAt(state, patch.createdAt, version, writer.facts);
  return { state, facts: writer.facts };
}

/** Marks a customer as deleted by the shop, or (null) as there again; the later of the two statements holds. */
export function setDeleted(before: CustomerState, deletedAt: Date | null, version: Version): CustomerState {
  const key = versionKey(version);
  if (!isLater(key, before.versions['deleted'])) return before;
  return { ...before, deletedAt, versions: { ...before.versions, deleted: key } };
}

/**
 * Two records of one person as one: `older` gives the id, each field is that of the later version. The external id is
 * the one there is; where both have one (the shop merged them) the caller says which.
 */
export function mergeStates(older: CustomerState, younger: CustomerState): CustomerState {
  const merged: CustomerState = { ...older, versions: { ...older.versions }, attributes: {} };
  merged.externalId = older.externalId ?? younger.externalId;
  const take = (field: string): boolean => {
    const key = younger.versions[field];
    if (key === undefined || !isLater(key, older.versions[field])) return false;
    merged.versions[field] = key;
    return true;
  };
  for (const field of PLAIN) if (take(field)) merged[field] = younger[field];
  if (take('tags')) merged.tags = younger.tags;
  if (take('consent')) merged.consent = younger.consent;
  if (take('deleted')) merged.deletedAt = younger.deletedAt;
  mergeAttributes(merged, older, younger, take);
  mergeCreatedAt(merged, older, younger, take);
  return merged;
}

/**
 * What the history of two merged records has to say again: each field that both had, with its value and version. Two
 * histories in one would otherwise let an older statement of the one hide a later one of the other that said nothing new
 * there and so was left out.
 */
export function restatedByMerge(merged: CustomerState, records: readonly CustomerState[]): FieldFact[] {
  return Object.entries(merged.versions).flatMap(([field, key]) => {
    const value = statedValue(merged, field);
    if (value === undefined || !records.every(({ versions }) => versions[field] !== undefined)) return [];
    return [{ field, at: versionTime(key), value, eventId: versionEvent(key) }];
  });
}

/** The value of a field that the history knows; undefined for others. */
function statedValue(state: CustomerState, field: string): unknown {
  if (field === 'tags' || field === 'consent') return state[field];
  if (field === ALL_ATTRIBUTES) return null;
  if (field.startsWith('attributes.')) return state.attributes[field.slice('attributes.'.length)] ?? null;
  const plain = PLAIN.find((name) => name === field);
  return plain && state[plain];
}

class Writer {
  readonly facts: FieldFact[] = [];
  private readonly key: string;

  constructor(
    private readonly versions: FieldVersions,
    private readonly version: Version,
  ) {
    this.key = versionKey(version);
  }

  /** Whether the field takes the value; `floor` is a version that it must beat besides its own. */
  set(field: string, current: unknown, value: unknown, floor?: string): boolean {
    const known = this.versions[field];
    const { at, eventId } = this.version;
    if (!isLater(this.key, known) || !isLater(this.key, floor)) {
      if (this.key === known || known === undefined) return false;
      this.facts.push({ field, at, value, eventId });
      this.facts.push({ field, at: versionTime(known), value: current, eventId: versionEvent(known) });
      return false;
    }
    this.versions[field] = this.key;
    if (known === undefined || !sameValue(current, value)) this.facts.push({ field, at, value, eventId });
    return true;
  }
}

function patchAttributes(
  state: CustomerState,
  patch: Record<string, unknown> | null,
  writer: Writer,
): Record<string, unknown> {
  const attributes = { ...state.attributes };
  const { versions } = state;
  if (patch === null) {
    if (!writer.set(ALL_ATTRIBUTES, undefined, null)) return attributes;
    const floor = versions[ALL_ATTRIBUTES];
    for (const key of Object.keys(attributes)) {
      if (floor !== undefined && isLater(floor, versions[attributeField(key)])) {
        if (writer.set(attributeField(key), attributes[key], null)) delete attributes[key];
      }
    }
    return attributes;
  }
  for (const [key, value] of Object.entries(patch)) {
    const field = attributeField(key);
    if (!writer.set(field, attributes[key], value ?? null, versions[ALL_ATTRIBUTES])) continue;
    if (value === null || value === undefined) delete attributes[key];
    else attributes[key] = value;
  }
  return attributes;
}

function patchCreatedAt(
  state: CustomerState,
  createdAt: Date | null | undefined,
  version: Version,
  facts: FieldFact[],
): void {
  const key = versionKey(version);
  const before = state.createdAt;
  if (createdAt && isLater(key, state.versions['createdAt'])) {
    state.createdAt = createdAt;
    state.versions['createdAt'] = key;
  } else if (state.versions['createdAt'] === undefined && version.at < state.createdAt) {
    state.createdAt = version.at;
  }
  if (state.createdAt.getTime() === before.getTime()) return;
  facts.push({ field: 'createdAt', at: version.at, value: state.createdAt, eventId: version.eventId });
}

function mergeAttributes(
  merged: CustomerState,
  older: CustomerState,
  younger: CustomerState,
  take: (field: string) => boolean,
): void {
  take(ALL_ATTRIBUTES);
  const floor = merged.versions[ALL_ATTRIBUTES];
  const fields = new Set([...Object.keys(older.versions), ...Object.keys(younger.versions)]);
  for (const field of fields) {
    if (!field.startsWith('attributes.')) continue;
    const key = field.slice('attributes.'.length);
    const from = take(field) ? younger : older;
    const cleared = floor !== undefined && (merged.versions[field] ?? '') < floor;
    if (!cleared && from.attributes[key] !== undefined) merged.attributes[key] = from.attributes[key];
  }
}

function mergeCreatedAt(
  merged: CustomerState,
  older: CustomerState,
  younger: CustomerState,
  take: (field: string) => boolean,
): void {
  const said = older.versions['createdAt'] !== undefined;
  if (take('createdAt')) merged.createdAt = younger.createdAt;
  else if (!said) merged.createdAt = older.createdAt < younger.createdAt ? older.createdAt : younger.createdAt;
}

function consentState(word: ConsentWord | null): ConsentState {
  if (word === null) return NO_CONSENT;
  return {
    status: word.status,
    source: word.source ?? null,
    at: word.at ?? null,
    ip: word.ip ?? null,
    text: word.text ?? null,
    topics: word.topics ?? {},
  };
}

function uniqueTags(tags: readonly string[]): string[] {
  return [...new Set(tags)];
}

function sameValue(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
