import { type EntryRule, isAboutAnOrder, type Trigger } from '../campaign.types';
import { type Reference } from './definition-references';
import { readCron, readDuration, readLocalInstant, readTimeOfDay, readZone } from './read-time';
import { type Faults, isObject, type Json, readObject, readOneOf, readText } from './read-value';

const TRIGGERS = ['event', 'order', 'segment', 'schedule', 'date', 'anniversary', 'manual'] as const;
/** As the storefront takes types of events. */
const EVENT_NAME = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/;
/** Dates of a customer that come round every year; of attributes those that hold a date. */
const ANNIVERSARY_FIELDS = ['createdAt', 'orders.firstAt'];
const ATTRIBUTE = /^attributes\.\S.{0,99}$/;

/** Reads `trigger`. */
export function readTrigger(raw: unknown, faults: Faults, references: Reference[]): Trigger | undefined {
  if (raw === undefined) return faults.add('trigger', 'is missing');
  if (!isObject(raw)) return faults.add('trigger', 'must be an object');
  const on = readOneOf(raw.on, 'trigger.on', faults, TRIGGERS);
  switch (on) {
    case undefined:
      return undefined;
    case 'event': {
      readObject(raw, 'trigger', faults, ['on', 'event']);
      const event = readEvent(raw.event, 'trigger.event', faults);
      return event === undefined ? undefined : { on, event };
    }
    case 'segment':
      return readSegmentTrigger(raw, faults, references);
    case 'schedule': {
      readObject(raw, 'trigger', faults, ['on', 'cron', 'timezone', 'segment']);
      const cron = readCron(raw.cron, 'trigger.cron', faults);
      const timezone = readZone(raw.timezone, 'trigger.timezone', faults, false);
      const segment = readSegment(raw, faults, references);
      return cron === undefined || timezone === undefined || segment === undefined
        ? undefined
        : { on, cron, timezone, segment };
    }
    case 'date': {
      readObject(raw, 'trigger', faults, ['on', 'at', 'timezone', 'segment']);
      const at = readLocalInstant(raw.at, 'trigger.at', faults);
      const timezone = readZone(raw.timezone, 'trigger.timezone', faults, true);
      const segment = readSegment(raw, faults, references);
      return at === undefined || timezone === undefined || segment === undefined
        ? undefined
        : { on, at, timezone, segment };
    }
    case 'anniversary': {
      readObject(raw, 'trigger', faults, ['on', 'field', 'at']);
      const field = readAnniversaryField(raw.field, faults);
      const at = readTimeOfDay(raw.at, 'trigger.at', faults);
      return field === undefined || at === undefined ? undefined : { on, field, at };
    }
    case 'order':
    case 'manual':
      readObject(raw, 'trigger', faults, ['on']);
      return { on };
    default:
      return on satisfies never;
  }
}

/** Reads `entry`; what it says must fit the trigger. */
export function readEntry(raw: unknown, trigger: Trigger | undefined, faults: Faults): EntryRule {
  if (raw === undefined) return { limit: 'once' };
  const value = readObject(raw, 'entry', faults, ['limit', 'key']);
  if (!value) return { limit: 'once' };
  const entry: EntryRule = { limit: readLimit(value.limit ?? 'once', faults) };
  if (value.key !== undefined && readOneOf(value.key, 'entry.key', faults, ['order'] as const)) {
    if (trigger && !isAboutAnOrder(trigger)) faults.add('entry.key', 'order needs a trigger that is about an order');
    entry.key = 'order';
  }
  return entry;
}

/** Reads the type of an event. */
export function readEvent(raw: unknown, path: string, faults: Faults): string | undefined {
  const event = readText(raw, path, faults, 128);
  if (event !== undefined && !EVENT_NAME.test(event))
    return faults.add(path, 'must be the type of an event, such as order.placed');
  return event;
}

function readSegmentTrigger(raw: Json, faults: Faults, references: Reference[]): Trigger | undefined {
  readObject(raw, 'trigger', faults, ['on', 'segment', 'when']);
  const when =
    raw.when === undefined ? undefined : readOneOf(raw.when, 'trigger.when', faults, ['enters', 'leaves'] as const);
  const segment = readSegment(raw, faults, references);
  if (when === 'leaves' && segment === 'subscribed') {
    faults.add('trigger.when', 'nobody is told of leaving subscribed: who withdraws consent is not written to');
  }
  return segment === undefined ? undefined : { on: 'segment', segment, ...(when ? { when } : {}) };
}

function readSegment(raw: Json, faults: Faults, references: Reference[]): string | undefined {
  const segment = readText(raw.segment, 'trigger.segment', faults, 64);
  if (segment !== undefined) references.push({ path: 'trigger.segment', kind: 'segment', ref: segment });
  return segment;
}

function readAnniversaryField(raw: unknown, faults: Faults): string | undefined {
  const field = readText(raw, 'trigger.field', faults, 111);
  if (field === undefined || ANNIVERSARY_FIELDS.includes(field) || ATTRIBUTE.test(field)) return field;
  return faults.add(
    'trigger.field',
    `must be one of ${ANNIVERSARY_FIELDS.join(', ')} or an attribute such as attributes.birthday`,
  );
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
