import { type Fault } from '../../kernel/errors';
import { KEY_PATTERN } from '../../kernel/ids';
import { BUILT_IN_SEGMENTS } from '../../segments/segments.types';
import { type CampaignStatus } from '../../campaigns/campaign.types';
import {
  type Blueprint,
  type CampaignBlueprint,
  type PlanBasis,
  type SegmentBlueprint,
  type SurveyBlueprint,
  type TemplateBlueprint,
} from '../blueprint.types';

/** Something of a blueprint with its place in the request: `campaigns[2]`. */
export interface Placed<T> {
  path: string;
  item: T;
}

export interface ReadBlueprint {
  surveys: Array<Placed<SurveyBlueprint>>;
  segments: Array<Placed<SegmentBlueprint>>;
  templates: Array<Placed<TemplateBlueprint>>;
  campaigns: Array<Placed<CampaignBlueprint>>;
  /** Whether what is missing is to be taken away. */
  prune: boolean;
  /** What the plan saw; undefined: whatever is there. */
  basis?: PlanBasis;
  faults: Fault[];
  /** Keys of what is at fault, left out above. */
  broken: Set<string>;
}

type List = keyof Blueprint;
type JsonObject = Record<string, unknown>;

const LISTS: readonly List[] = ['surveys', 'segments', 'templates', 'campaigns'];
const STATUSES: readonly CampaignStatus[] = ['draft', 'active', 'paused', 'archived'];
const MOST = 1000;
const FIELDS = ['surveys', 'segments', 'templates', 'campaigns', 'prune'];
const SEGMENT_FIELDS = ['key', 'name', 'condition'];
const TEMPLATE_FIELDS = ['key', 'name', 'kind', 'defaultLocale', 'locales'];

/**
 * Reads a request: every fault of shape at once. What a condition, a locale and a definition may be is judged by the
 * modules that own them, so those pass as they are. `basis` is known where something is to be applied.
 */
export function readBlueprint(body: unknown, applying: boolean): ReadBlueprint {
  const faults: Fault[] = [];
  const read: ReadBlueprint = {
    surveys: [],
    segments: [],
    templates: [],
    campaigns: [],
    prune: false,
    faults,
    broken: new Set(),
  };
  if (!isObject(body)) {
    faults.push({ path: '', message: 'must be an object with surveys, segments, templates and campaigns' });
    return read;
  }
  faults.push(...unknownFields(body, '', applying ? [...FIELDS, 'basis'] : FIELDS));
  if (typeof body.prune === 'boolean') read.prune = body.prune;
  else if (body.prune !== undefined) faults.push({ path: 'prune', message: 'must be true or false' });
  if (isBasis(body.basis)) read.basis = body.basis;
  else if (applying && body.basis !== undefined) {
    faults.push({ path: 'basis', message: 'must be the basis of a plan: revisions by name' });
  }
  for (const list of LISTS) {
    const keys = new Set<string>();
    for (const [index, raw] of listOf(body[list], list, faults).entries()) {
      const path = `${list}[${index}]`;
      const own = keyFaults(raw, path, keys);
      if (own.length === 0) own.push(...CHECKS[list](raw as JsonObject, path));
      faults.push(...own);
      if (own.length === 0) (read[list] as Array<Placed<unknown>>).push({ path, item: raw });
      else if (isObject(raw) && typeof raw.key === 'string') read.broken.add(raw.key);
    }
  }
  return read;
}

function listOf(raw: unknown, list: string, faults: Fault[]): unknown[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) faults.push({ path: list, message: 'must be a list' });
  else if (raw.length > MOST) faults.push({ path: list, message: `must have at most ${MOST} entries` });
  else return raw;
  return [];
}

function keyFaults(raw: unknown, path: string, keys: Set<string>): Fault[] {
  if (!isObject(raw)) return [{ path, message: 'must be an object' }];
  const { key } = raw;
  if (typeof key !== 'string' || !KEY_PATTERN.test(key)) {
    return [{ path: `${path}.key`, message: 'must consist of a-z, 0-9 and -, 64 characters at most' }];
  }
  if (keys.has(key)) return [{ path: `${path}.key`, message: `${key} is given twice` }];
  keys.add(key);
  return textFaults(raw, path);
}

const CHECKS: Record<List, (raw: JsonObject, path: string) => Fault[]> = {
  surveys: () => [],
  segments(raw, path) {
    const faults = [...unknownFields(raw, path, SEGMENT_FIELDS), ...nameFaults(raw.name, path)];
    if (!isObject(raw.condition)) faults.push({ path: `${path}.condition`, message: 'must be a condition' });
    if ((BUILT_IN_SEGMENTS as readonly unknown[]).includes(raw.key)) {
      faults.push({ path: `${path}.key`, message: 'is the key of a segment that is built in' });
    }
    return faults;
  },
  templates(raw, path) {
    const faults = [...unknownFields(raw, path, TEMPLATE_FIELDS), ...nameFaults(raw.name, path)];
    if (raw.kind !== undefined && raw.kind !== 'marketing' && raw.kind !== 'transactional') {
      faults.push({ path: `${path}.kind`, message: 'must be marketing or transactional' });
    }
    if (typeof raw.defaultLocale !== 'string' || raw.defaultLocale.length > 35) {
      faults.push({ path: `${path}.defaultLocale`, message: 'must be a locale such as it or it-IT' });
    }
    if (!isObject(raw.locales)) {
      faults.push({ path: `${path}.locales`, message: 'must be an object: one entry a locale' });
    }
    return faults;
  },
  campaigns(raw, path) {
    if (raw.status === undefined || STATUSES.includes(raw.status as CampaignStatus)) return [];
    return [{ path: `${path}.status`, message: `must be one of ${STATUSES.join(', ')}` }];
  },
};

function unknownFields(raw: JsonObject, path: string, known: readonly string[]): Fault[] {
  return Object.keys(raw)
    .filter((field) => !known.includes(field))
    .map((field) => ({ path: path === '' ? field : `${path}.${field}`, message: 'is not a known field' }));
}

function isBasis(value: unknown): value is PlanBasis {
  return isObject(value) && Object.values(value).every((one) => one === null || Number.isSafeInteger(one));
}

function nameFaults(name: unknown, path: string): Fault[] {
  const ok = typeof name === 'string' && name.trim() !== '' && name.length <= 200 && !/[\r\n]/.test(name);
  return ok ? [] : [{ path: `${path}.name`, message: 'must be one line of 1 to 200 characters' }];
}

/** The store keeps no NUL in a text. How deep a body may be nested is bounded where it is parsed. */
function textFaults(value: unknown, path: string): Fault[] {
  if (typeof value === 'string') return value.includes('\0') ? [{ path, message: 'must not contain NUL' }] : [];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => textFaults(item, `${path}[${index}]`));
  return Object.entries(value).flatMap(([field, inner]: [string, unknown]) =>
    field.includes('\0') ? [{ path, message: 'must not contain NUL' }] : textFaults(inner, `${path}.${field}`),
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
