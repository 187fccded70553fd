import { needsSmtpUtf8, normaliseAddress } from '../../kernel/address';
import { type Fault } from '../../kernel/errors';
import { KEY_PATTERN } from '../../kernel/ids';
import {
  type AudienceCondition,
  BASES,
  type CampaignDefinition,
  type Goal,
  isAboutAnOrder,
  type Measure,
  PURPOSES,
  type Sender,
  type Utm,
} from '../campaign.types';
import { type Named } from './definition-references';
import { readSteps } from './read-steps';
import { readDuration, readInstant, readSendWindow, readWindow } from './read-time';
import { readEntry, readEvent, readTrigger } from './read-trigger';
import { Faults, isObject, type Json, readNumber, readObject, readOneOf, readText } from './read-value';

const FIELDS = [
  ...['key', 'name', 'purpose', 'basis', 'trigger', 'audience', 'entry', 'goal', 'exitWhen', 'holdout', 'holdoutGroup'],
  ...['measure', 'priority', 'sendWindow', 'maxLateness', 'topic', 'sender', 'utm', 'steps'],
];

/** What reading a definition gave: it is whole only when there are no faults. */
export interface ReadDefinition extends Named {
  definition: CampaignDefinition;
  faults: Fault[];
}

/**
 * Reads a campaign definition (`api.md` 7) from JSON: every fault at once with its path, defaults filled in. Whether
 * what it names exists, and whether its conditions hold to their grammar, is still to be asked.
 */
export function readDefinition(body: unknown): ReadDefinition {
  const faults = new Faults();
  const named: Named = { references: [], conditions: [] };
  const value: Json = readObject(body, '', faults, FIELDS) ?? {};
  if (!isObject(body)) return { definition: {} as CampaignDefinition, faults: faults.list, ...named };
  const key = readText(value.key, 'key', faults, 64);
  if (key !== undefined && !KEY_PATTERN.test(key)) {
    faults.add('key', 'must consist of a-z, 0-9 and -, 64 characters at most');
  }
  const trigger = readTrigger(value.trigger, faults, named.references);
  const definition: CampaignDefinition = {
    key: key ?? '',
    name: readText(value.name, 'name', faults) ?? '',
    purpose: readOneOf(value.purpose ?? 'custom', 'purpose', faults, PURPOSES) ?? 'custom',
    basis: readOneOf(value.basis ?? 'consent', 'basis', faults, BASES) ?? 'consent',
    trigger: trigger ?? { on: 'manual' },
    ...optional('audience', readCondition(value.audience, 'audience', named)),
    entry: readEntry(value.entry, trigger, faults),
    ...optional('goal', readGoal(value.goal, faults)),
    ...optional('exitWhen', readCondition(value.exitWhen, 'exitWhen', named)),
    holdout: readShare(value.holdout ?? 0, faults),
    ...optional('holdoutGroup', readGroup(value.holdoutGroup, faults)),
    ...optional('measure', readMeasure(value.measure, faults)),
    priority: readNumber(value.priority ?? 50, 'priority', faults, { min: 0, max: 1000, whole: true }) ?? 50,
    ...optional(
      'sendWindow',
      isGiven(value.sendWindow) ? readSendWindow(value.sendWindow, 'sendWindow', faults) : undefined,
    ),
    maxLateness: readDuration(value.maxLateness ?? 'P2D', 'maxLateness', faults) ?? 'P2D',
    ...optional('topic', readTopic(value.topic, faults)),
    ...optional('sender', readSender(value.sender, faults)),
    ...optional('utm', readUtm(value.utm, faults)),
    // A trigger with a fault is told of by itself.
    steps: readSteps(value.steps, faults, named, !trigger || isAboutAnOrder(trigger)),
  };
  if (definition.basis === 'transactional' && definition.holdout !== 0) {
    faults.add('holdout', 'must be 0 where the basis is transactional');
  }
  return { definition, faults: faults.list, ...named };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Takes a condition as it is sent; its grammar is asked of segments, which own it. */
function readCondition(raw: unknown, path: string, { conditions }: Named): AudienceCondition | undefined {
  if (!isGiven(raw)) return undefined;
  conditions.push({ path, json: raw });
  return isObject(raw) ? raw : undefined;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
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

function readTopic(raw: unknown, faults: Faults): string | undefined {
  if (raw === undefined || raw === null) return undefined;
  const topic = readText(raw, 'topic', faults, 64);
  if (topic !== undefined && !KEY_PATTERN.test(topic)) {
    return faults.add('topic', 'must consist of a-z, 0-9 and -, 64 characters at most');
  }
  return topic;
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
  if (address === undefined) return faults.add(path, 'must be an e-mail address');
  return needsSmtpUtf8(address) ? faults.add(path, 'must be ASCII before the @') : address;
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
