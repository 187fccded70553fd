import { parseDuration } from '../../kernel/duration';
import { KEY_PATTERN } from '../../kernel/ids';
import {
  type EmailStep,
  type EnrollStep,
  type Recommend,
  type TagStep,
  type WaitStep,
  type WebhookStep,
} from '../campaign.types';
import { type Reference } from './definition-references';
import { readDays, readDuration, readTimeOfDay } from './read-time';
import { type Faults, type Json, readNumber, readObject, readOneOf, readText } from './read-value';

const MAX_TAGS = 50;
const MAX_URL = 2_000;

/** Reads the key by which a step is known. */
export function readKey(raw: unknown, path: string, faults: Faults): string | undefined {
  const key = readText(raw, path, faults, 64);
  if (key !== undefined && !KEY_PATTERN.test(key)) {
    faults.add(path, 'must consist of a-z, 0-9 and -, 64 characters at most');
  }
  return key;
}

export function readEmail(raw: Json, path: string, faults: Faults, references: Reference[]): EmailStep | undefined {
  readObject(raw, path, faults, ['kind', 'key', 'template', 'recommend', 'survey', 'coupon', 'maxLateness']);
  const key = readKey(raw.key, `${path}.key`, faults);
  const template = readText(raw.template, `${path}.template`, faults, 64);
  if (template !== undefined) references.push({ path: `${path}.template`, kind: 'template', ref: template });
  const recommend = raw.recommend === undefined ? undefined : readRecommend(raw.recommend, `${path}.recommend`, faults);
  const survey = raw.survey === undefined ? undefined : readText(raw.survey, `${path}.survey`, faults, 64);
  if (survey !== undefined) references.push({ path: `${path}.survey`, kind: 'survey', ref: survey });
  const coupon = raw.coupon === undefined ? undefined : readText(raw.coupon, `${path}.coupon`, faults, 64);
  if (coupon !== undefined) references.push({ path: `${path}.coupon`, kind: 'couponPool', ref: coupon });
  const maxLateness =
    raw.maxLateness === undefined ? undefined : readDuration(raw.maxLateness, `${path}.maxLateness`, faults);
  if (key === undefined || template === undefined) return undefined;
  const step: EmailStep = { kind: 'email', key, template };
  if (recommend) step.recommend = recommend;
  if (survey !== undefined) step.survey = survey;
  if (coupon !== undefined) step.coupon = coupon;
  if (maxLateness !== undefined) step.maxLateness = maxLateness;
  return step;
}

function readRecommend(raw: unknown, path: string, faults: Faults): Recommend | undefined {
  const value = readObject(raw, path, faults, ['strategy', 'limit', 'fallback']);
  if (!value) return undefined;
  const strategy = readOneOf(value.strategy, `${path}.strategy`, faults, ['bought_together', 'bestsellers'] as const);
  const limit = readNumber(value.limit ?? 3, `${path}.limit`, faults, { min: 1, max: 20, whole: true });
  const fallback = readOneOf(value.fallback ?? 'skip', `${path}.fallback`, faults, ['bestsellers', 'skip'] as const);
  if (strategy === undefined || limit === undefined || fallback === undefined) return undefined;
  return { strategy, limit, fallback };
}

/** @param aboutOrder whether enrollments carry the order that started them */
export function readWait(raw: Json, path: string, faults: Faults, aboutOrder: boolean): WaitStep | undefined {
  readObject(raw, path, faults, ['kind', 'for', 'until', 'fallback', 'at', 'days']);
  const { at, days } = raw;
  if (raw.for === undefined && at === undefined && days === undefined && raw.until === undefined) {
    return faults.add(`${path}.for`, 'is missing: a wait needs `for`, `until`, `at` or `days`');
  }
  const wait: WaitStep = { kind: 'wait' };
  if (raw.for !== undefined) {
    // Zero is of use with `at` and `days`: the first 09:00 from now.
    const allowZero = at !== undefined || days !== undefined;
    const valid = typeof raw.for === 'string' && parseDuration(raw.for, allowZero) !== undefined;
    if (valid) wait.for = raw.for as string;
    else faults.add(`${path}.for`, 'must be an ISO 8601 duration such as P3D or PT2H');
  }
  readUntil(raw, path, faults, aboutOrder, wait);
  const time = at === undefined ? undefined : readTimeOfDay(at, `${path}.at`, faults);
  if (time !== undefined) wait.at = time;
  const weekdays = days === undefined ? undefined : readDays(days, `${path}.days`, faults);
  if (weekdays) wait.days = weekdays;
  return wait;
}

function readUntil(raw: Json, path: string, faults: Faults, aboutOrder: boolean, wait: WaitStep): void {
  if (raw.until === undefined) {
    if (raw.fallback !== undefined) faults.add(`${path}.fallback`, 'goes with `until` only');
    return;
  }
  const until = readOneOf(raw.until, `${path}.until`, faults, ['replenish'] as const);
  if (until !== undefined) wait.until = until;
  if (raw.for !== undefined) faults.add(`${path}.for`, 'cannot stand beside `until`');
  if (until !== undefined && !aboutOrder) {
    faults.add(`${path}.until`, 'replenish needs a trigger that is about an order, such as { "on": "order" }');
  }
  if (raw.fallback === undefined) return;
  const fallback = readOneOf(raw.fallback, `${path}.fallback`, faults, ['shop', 'exit'] as const);
  if (fallback !== undefined) wait.fallback = fallback;
}

export function readTag(raw: Json, path: string, faults: Faults): TagStep | undefined {
  readObject(raw, path, faults, ['kind', 'add', 'remove']);
  const add = raw.add === undefined ? undefined : readTags(raw.add, `${path}.add`, faults);
  const remove = raw.remove === undefined ? undefined : readTags(raw.remove, `${path}.remove`, faults);
  if (!hasSome(raw.add) && !hasSome(raw.remove)) {
    return faults.add(`${path}.add`, 'is missing: a tag step adds or removes at least one tag');
  }
  for (const [index, tag] of (remove ?? []).entries()) {
    if (add?.includes(tag)) faults.add(`${path}.remove[${index}]`, `${tag} is added by the same step`);
  }
  return { kind: 'tag', ...(add ? { add } : {}), ...(remove ? { remove } : {}) };
}

/** Anything but nothing: what is wrong with it is told elsewhere. */
function hasSome(raw: unknown): boolean {
  return raw !== undefined && !(Array.isArray(raw) && raw.length === 0);
}

function readTags(raw: unknown, path: string, faults: Faults): string[] | undefined {
  if (!Array.isArray(raw)) return faults.add(path, 'must be a list of tags');
  if (raw.length > MAX_TAGS) return faults.add(path, `must have at most ${MAX_TAGS} tags`);
  const tags = raw.flatMap((one, index) => readText(one, `${path}[${index}]`, faults, 64) ?? []);
  return [...new Set(tags)];
}

export function readWebhook(raw: Json, path: string, faults: Faults, references: Reference[]): WebhookStep | undefined {
  readObject(raw, path, faults, ['kind', 'url']);
  const text = readText(raw.url, `${path}.url`, faults, MAX_URL);
  if (text === undefined) return undefined;
  const fault = (message: string): undefined => faults.add(`${path}.url`, message);
  if (!URL.canParse(text)) return fault('must be an address such as https://example.com/hook');
  const url = new URL(text);
  if (url.protocol !== 'https:') return fault('must be an https address');
  if (url.username !== '' || url.password !== '') return fault('must not carry a name or password');
  // As the URL standard writes hosts: an address in whatever notation is in its usual one here.
  references.push({ path: `${path}.url`, kind: 'host', ref: url.hostname.replace(/^\[|\]$/g, '') });
  return { kind: 'webhook', url: text };
}

export function readEnroll(raw: Json, path: string, faults: Faults, references: Reference[]): EnrollStep | undefined {
  readObject(raw, path, faults, ['kind', 'campaign']);
  const campaign = readText(raw.campaign, `${path}.campaign`, faults, 64);
  if (campaign === undefined) return undefined;
  references.push({ path: `${path}.campaign`, kind: 'campaign', ref: campaign });
  return { kind: 'enroll', campaign };
}
