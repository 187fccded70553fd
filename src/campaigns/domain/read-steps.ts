import { parseDuration } from '../../kernel/duration';
import { KEY_PATTERN } from '../../kernel/ids';
import { isTimeOfDay } from '../../kernel/local-time';
import { type EmailStep, type Recommend, type Step, type WaitStep } from '../campaign.types';
import { type Faults, isObject, readNumber, readObject, readOneOf, readText } from './read-value';

/** Kinds of steps of the contract that this version refuses. */
const LATER_KINDS = ['waitFor', 'branch', 'split', 'tag', 'webhook', 'enroll'];
const KINDS = ['email', 'wait', 'exit'] as const;
const MAX_STEPS = 200;

/** What a definition refers to by name; whether it exists is asked of the modules that own it. */
export interface Reference {
  path: string;
  kind: 'template' | 'segment';
  ref: string;
}

/** Reads `steps`: at least one e-mail, keys unique, nothing after an `exit`. Faults carry paths such as `steps[1].for`. */
export function readSteps(value: unknown, faults: Faults, references: Reference[]): Step[] {
  if (value === undefined) {
    faults.add('steps', 'is missing');
    return [];
  }
  if (!Array.isArray(value)) {
    faults.add('steps', 'must be a list of steps');
    return [];
  }
  if (value.length > MAX_STEPS) {
    faults.add('steps', `must have at most ${MAX_STEPS} steps`);
    return [];
  }
  const before = faults.list.length;
  const keys = new Set<string>();
  const steps: Step[] = [];
  for (const [index, raw] of value.entries()) {
    const step = readStep(raw, `steps[${index}]`, faults, references);
    if (!step) continue;
    steps.push(step);
    if (step.kind === 'email') {
      if (keys.has(step.key)) faults.add(`steps[${index}].key`, `${step.key} is the key of an earlier step`);
      keys.add(step.key);
    }
    if (step.kind === 'exit' && index < value.length - 1) {
      faults.add(`steps[${index + 1}]`, 'is never reached: the step before it ends the program');
    }
  }
  if (faults.list.length === before && keys.size === 0) faults.add('steps', 'must have at least one e-mail step');
  return steps;
}

function readStep(raw: unknown, path: string, faults: Faults, references: Reference[]): Step | undefined {
  if (!isObject(raw)) return faults.add(path, 'must be an object');
  const kind = readOneOf(raw.kind, `${path}.kind`, faults, KINDS, LATER_KINDS);
  switch (kind) {
    case undefined:
      return undefined;
    case 'email':
      return readEmail(raw, path, faults, references);
    case 'wait':
      return readWait(raw, path, faults);
    case 'exit':
      readObject(raw, path, faults, ['kind']);
      return { kind };
    default:
      return kind satisfies never;
  }
}

function readEmail(raw: unknown, path: string, faults: Faults, references: Reference[]): EmailStep | undefined {
  const step = readObject(raw, path, faults, ['kind', 'key', 'template', 'recommend'], ['coupon', 'survey']);
  if (!step) return undefined;
  const key = readText(step.key, `${path}.key`, faults, 64);
  if (key !== undefined && !KEY_PATTERN.test(key)) {
    faults.add(`${path}.key`, 'must consist of a-z, 0-9 and -, 64 characters at most');
  }
  const template = readText(step.template, `${path}.template`, faults, 64);
  if (template !== undefined) references.push({ path: `${path}.template`, kind: 'template', ref: template });
  const recommend =
    step.recommend === undefined ? undefined : readRecommend(step.recommend, `${path}.recommend`, faults);
  if (key === undefined || template === undefined) return undefined;
  return { kind: 'email', key, template, ...(recommend ? { recommend } : {}) };
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

function readWait(raw: unknown, path: string, faults: Faults): WaitStep | undefined {
  const step = readObject(raw, path, faults, ['kind', 'for', 'at'], ['until', 'days']);
  if (!step) return undefined;
  if (step.for === undefined && step.at === undefined && step.until === undefined) {
    return faults.add(`${path}.for`, 'is missing: a wait needs `for`, `at` or both');
  }
  const wait: WaitStep = { kind: 'wait' };
  if (step.for !== undefined) {
    // Zero is of use with `at`: the first 09:00 from now.
    const valid = typeof step.for === 'string' && parseDuration(step.for, step.at !== undefined) !== undefined;
    if (valid) wait.for = step.for as string;
    else faults.add(`${path}.for`, 'must be an ISO 8601 duration such as P3D or PT2H');
  }
  if (step.at !== undefined) {
    if (typeof step.at === 'string' && isTimeOfDay(step.at)) wait.at = step.at;
    else faults.add(`${path}.at`, 'must be a time of day such as 09:00');
  }
  return wait;
}
