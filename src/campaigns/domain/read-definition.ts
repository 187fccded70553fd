import { normaliseAddress } from '../../kernel/address';
import { parseDuration, windowMs } from '../../kernel/duration';
import { type Fault } from '../../kernel/errors';
import { KEY_PATTERN } from '../../kernel/ids';
import {
  BASES,
  type CampaignDefinition,
  type EntryRule,
  type Goal,
  type Measure,
  PURPOSES,
  type Sender,
  type Trigger,
  type Utm,
} from '../campaign.types';
import { readSteps, type Reference } from './read-steps';
import { Faults, isObject, type Json, readNumber, readObject, readOneOf, readText } from './read-value';

const FIELDS = [
  ...['key', 'name', 'purpose', 'basis', 'trigger', 'audience', 'entry', 'goal', 'holdout', 'holdoutGroup'],
  ...['measure', 'priority', 'maxLateness', 'sender', 'utm', 'steps'],
];
/** Fields of the contract that this version refuses. */
const LATER_FIELDS = ['exitWhen', 'sendWindow', 'topic'];
const LATER_TRIGGERS = ['schedule', 'date', 'anniversary'];
/** As the storefront takes types of events. */
const EVENT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/;
/** Triggers whose event is about one order. */
const ORDER_EVENTS = ['order.placed', 'order.fulfilled', 'order.delivered'];

/** What reading a definition gave: it is whole only when there are no faults. */
export interface ReadDefinition {
  definition: CampaignDefinition;
  faults: Fault[];
  /** What it names; still to be looked up. */
  references: Reference[];
  /** The audience as sent; still to be judged by the grammar of conditions. */
  audience: unknown;
}

/**
 * Reads a campaign definition (`api.md` 7) from JSON: every fault at once with its path, defaults filled in. What the
 * contract has and this version does not is refused as "not available yet".
 */
export function readDefinition(body: unknown): ReadDefinition {
  const faults = new Faults();
  const references: Reference[] = [];
  const value: Json = readObject(body, '', faults, FIELDS, LATER_FIELDS) ?? {};
  if (!isObject(body))
    return { definition: {} as CampaignDefinition, faults: faults.list, references, audience: undefined };
  const key = readText(value.key, 'key', faults, 64);
  if (key !== undefined && !KEY_PATTERN.test(key)) {
    faults.add('key', 'must consist of a-z, 0-9 and -, 64 characters at most');
  }
  const trigger = readTrigger(value.trigger, faults, references);
  const definition: CampaignDefinition = {
    key: key ?? '',
    name: readText(value.name, 'name', faults) ?? '',
    purpose: readOneOf(value.purpose ?? 'custom', 'purpose', faults, PURPOSES) ?? 'custom',
    basis: readOneOf(value.basis ?? 'consent', 'basis', faults, BASES) ?? 'consent',
    trigger: trigger ?? { on: 'manual' },
    ...optional('audience', isObject(value.audience) ? value.audience : undefined),
    entry: readEntry(value.entry, trigger, faults),
    ...optional('goal', readGoal(value.goal, faults)),
    holdout: readShare(value.holdout ?? 0, faults),
    ...optional('holdoutGroup', readGroup(value.holdoutGroup, faults)),
    ...optional('measure', readMeasure(value.measure, faults)),
    priority: readNumber(value.priority ?? 50, 'priority', faults, { min: 0, max: 1000, whole: true }) ?? 50,
    maxLateness: readDuration(value.maxLateness ?? 'P2D', 'maxLateness', faults) ?? 'P2D',
    ...optional('sender', readSender(value.sender, faults)),
    ...optional('utm', readUtm(value.utm, faults)),
    steps: readSteps(value.steps, faults, references),
  };
  if (definition.basis === 'transactional' && definition.holdout !== 0) {
    faults.add('holdout', 'must be 0 where the basis is transactional');
  }
  return { definition, faults: faults.list, references, audience: value.audience };
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}

function readTrigger(raw: unknown, faults: Faults, references: Reference[]): Trigger | undefined {
  if (raw === undefined) return faults.add('trigger', 'is missing');
  if (!isObject(raw)) return faults.add('trigger', 'must be an object');
  const on = readOneOf(raw.on, 'trigger.on', faults, ['event', 'order', 'segment', 'manual'] as const, LATER_TRIGGERS);
  switch (on) {
    case undefined:
      return undefined;
    case 'event': {
      readObject(raw, 'trigger', faults, ['on', 'event']);
      const event = readEvent(raw.event, 'trigger.event', faults);
      return event === undefined ? undefined : { on, event };
    }
    case 'segment': {
      readObject(raw, 'trigger', faults, ['on', 'segment']);
      const segment = readText(raw.segment, 'trigger.segment', faults, 64);
      if (segment === undefined) return undefined;
      references.push({ path: 'trigger.segment', kind: 'segment', ref: segment });
      return { on, segment };
    }
    case 'order':
    case 'manual':
      readObject(raw, 'trigger', faults, ['on']);
      return { on };
    default:
      return on satisfies never;
  }
}

function readEvent(raw: unknown, path: string, faults: Faults): string | undefined {
  const event = readText(raw, path, faults, 128);
  if (event !== undefined && !EVENT_NAME.test(event))
    return faults.add(path, 'must be the type of an event, such as order.placed');
  return event;
}

function readEntry(raw: unknown, trigger: Trigger | undefined, faults: Faults): EntryRule {
  if (raw === undefined) return { limit: 'once' };
  const value = readObject(raw, 'entry', faults, ['limit', 'key']);
  if (!value) return { limit: 'once' };
  const entry: EntryRule = { limit: readLimit(value.limit ?? 'once', faults) };
  if (value.key !== undefined && readOneOf(value.key, 'entry.key', faults, ['order'] as const)) {
    const aboutOrder = trigger?.on === 'order' || (trigger?.on === 'event' && ORDER_EVENTS.includes(trigger.event));
    if (trigger && !aboutOrder) faults.add('entry.key', 'order needs a trigger that is about an order');
    entry.key = 'order';
  }
  return entry;
}

function readLimit(raw: unknown, faults: Faults): EntryRule['limit'] {
  if (raw === 'once' || raw === 'unlimited') return raw;
  if (!isObject(raw)) {
    faults.add('entry.limit', 'must be once, unlimited or { "every": "P90D" }');
    return 'once';
  }
  readObject(raw, 'entry.limit', faults, ['every']);
  const every = readDuration(raw.every, 'entry.limit.every', faults);
  return every === undefined ? 'once' : { every };
}

function readGoal(raw: unknown, faults: Faults): Goal | undefined {
  if (raw === undefined || raw === null) return undefined;
  const value = readObject(raw, 'goal', faults, ['event', 'within', 'exit']);
  if (!value) return undefined;
  const event = readEvent(value.event, 'goal.event', faults);
  const within = value.within === undefined ? undefined : readWindow(value.within, 'goal.within', faults);
  if (value.exit !== undefined && typeof value.exit !== 'boolean') faults.add('goal.exit', 'must be true or false');
  return event === undefined ? undefined : { event, ...optional('within', within), exit: value.exit === true };
}

function readShare(raw: unknown, faults: Faults): number {
  if (typeof raw !== 'number' || !(raw >= 0 && raw < 1)) {
    faults.add('holdout', 'must be a share of at least 0 and less than 1, such as 0.1');
    return 0;
  }
  return raw;
}

function readGroup(raw: unknown, faults: Faults): string | undefined {
  if (raw === undefined || raw === null) return undefined;
  const group = readText(raw, 'holdoutGroup', faults, 64);
  if (group !== undefined && !KEY_PATTERN.test(group)) {
    return faults.add('holdoutGroup', 'must consist of a-z, 0-9 and -, 64 characters at most');
  }
  return group;
}

function readMeasure(raw: unknown, faults: Faults): Measure | undefined {
  if (raw === undefined || raw === null) return undefined;
  const fields = ['window', 'metric', 'minimumEffect', 'plannedCustomers', 'readAt'];
  const value = readObject(raw, 'measure', faults, fields);
  if (!value) return undefined;
  const measure: Measure = {};
  if (value.window !== undefined) measure.window = readWindow(value.window, 'measure.window', faults);
  if (value.metric !== undefined) {
    measure.metric = readOneOf(value.metric, 'measure.metric', faults, ['repurchase', 'revenue'] as const);
  }
  if (value.minimumEffect !== undefined) {
    const effect = readNumber(value.minimumEffect, 'measure.minimumEffect', faults, { min: 0, max: 1 });
    if (effect === 0) faults.add('measure.minimumEffect', 'must be greater than 0');
    measure.minimumEffect = effect;
  }
  if (value.plannedCustomers !== undefined) {
    const bounds = { min: 1, max: 1e9, whole: true };
    measure.plannedCustomers = readNumber(value.plannedCustomers, 'measure.plannedCustomers', faults, bounds);
  }
  if (value.readAt !== undefined) measure.readAt = readInstant(value.readAt, 'measure.readAt', faults);
  return measure;
}

function readInstant(raw: unknown, path: string, faults: Faults): string | undefined {
  const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/;
  const ms = typeof raw === 'string' && iso.test(raw) ? Date.parse(raw) : Number.NaN;
  if (Number.isNaN(ms)) return faults.add(path, 'must be an ISO 8601 instant such as 2026-03-01T08:00:00Z');
  return new Date(ms).toISOString();
}

function readDuration(raw: unknown, path: string, faults: Faults): string | undefined {
  if (typeof raw === 'string' && parseDuration(raw)) return raw;
  return faults.add(path, 'must be an ISO 8601 duration such as P3D or PT2H');
}

function readWindow(raw: unknown, path: string, faults: Faults): string | undefined {
  const duration = typeof raw === 'string' ? parseDuration(raw) : undefined;
  if (!duration) return faults.add(path, 'must be an ISO 8601 duration such as P30D');
  if (windowMs(duration) === undefined)
    return faults.add(path, 'must be in weeks, days or hours: months and years have no fixed length');
  return raw as string;
}

function readSender(raw: unknown, faults: Faults): Sender | undefined {
  if (raw === undefined || raw === null) return undefined;
  const value = readObject(raw, 'sender', faults, ['name', 'address', 'replyTo']);
  if (!value) return undefined;
  const name = readText(value.name, 'sender.name', faults, 100);
  const address = readAddress(value.address, 'sender.address', faults);
  const replyTo = value.replyTo === undefined ? undefined : readAddress(value.replyTo, 'sender.replyTo', faults);
  if (name === undefined || address === undefined) return undefined;
  return { name, address, ...optional('replyTo', replyTo) };
}

function readAddress(raw: unknown, path: string, faults: Faults): string | undefined {
  const address = typeof raw === 'string' ? normaliseAddress(raw) : undefined;
  return address ?? faults.add(path, 'must be an e-mail address');
}

function readUtm(raw: unknown, faults: Faults): Utm | undefined {
  if (raw === undefined || raw === null || raw === false) return undefined;
  if (raw === true) return true;
  const value = readObject(raw, 'utm', faults, ['source', 'medium', 'campaign']);
  if (!value) return undefined;
  const [source, medium, campaign] = (['source', 'medium', 'campaign'] as const).map((part) =>
    readText(value[part], `utm.${part}`, faults, 100),
  );
  return source !== undefined && medium !== undefined && campaign !== undefined
    ? { source, medium, campaign }
    : undefined;
}
