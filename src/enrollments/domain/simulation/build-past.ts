import { triggerEventType } from '../../../campaigns/campaign.types';
import { isTimeTrigger, type TimeTrigger } from '../occurrences';
import { type KnownField } from './known-person';
import { type KnownOrder, refundedInFullAt } from './known-orders';
import { type SimulatedCampaign } from './simulated-campaign';
import {
  birthSignal,
  derivedSignal,
  derivedStageSignals,
  importedOrderSignals,
  inOrder,
  type RulesSince,
  type Signal,
} from './signals';

/** A row of the history of fields. Instants in milliseconds. */
export interface FieldFact {
  field: string;
  at: number;
  recordedAt: number;
  eventId: string | null;
  value: unknown;
}

/** A row of the customer's log. */
export interface LoggedEvent {
  id: string;
  type: string;
  occurredAt: number;
  recordedAt: number;
  properties: Record<string, unknown>;
  reference: string | null;
  eventId: string | null;
  starts: boolean;
}

/** A row of the orders, with the refunds of it. */
export interface OrderFact {
  id: string;
  externalId: string;
  placedAt: number;
  countedAt: number | null;
  /** When it was cancelled, by the shop's word; null: it is paid. */
  unpaidSince: number | null;
  recordedAt: number;
  origin: string;
  totalMinor: number;
  silent: boolean;
  refunds: ReadonlyArray<{ at: number; recordedAt: number; minor: number }> | null;
}

/** What was told later than this after it happened triggered nothing when it came (`api.md` 3, Lateness). */
const LATE_MS = 72 * 3_600_000;
const BUILT_IN_STAGES: readonly unknown[] = ['prospect', 'recent', 'repeat', 'lapsed'];

/**
 * When the engine knew it. What was told in time: when it was told. Imported or late history: when it happened, as if it
 * had been told then; a field of an import that names no time of its own has always been so.
 */
export function knownField({ field, at, recordedAt, eventId, value }: FieldFact): KnownField {
  const known = { field, versionAt: at, eventId: eventId ?? '', value };
  if (!isImported(eventId)) return { ...known, knownAt: recordedAt - at > LATE_MS ? at : recordedAt };
  return { ...known, knownAt: (field === 'consent' ? consentTime(value) : null) ?? -Infinity };
}

/** From when to when an order counted. `cancelled`: when cancelling it became known. */
export function knownOrder(
  order: OrderFact,
  counted: LoggedEvent | undefined,
  cancelled: number | undefined,
): KnownOrder {
  const { id, externalId, placedAt, countedAt, origin, silent, unpaidSince, totalMinor } = order;
  const late = silent || countedAt === null || counted?.starts === false;
  const refunds = (order.refunds ?? []).map(({ at, recordedAt, minor }) => ({
    knownAt: recordedAt - at > LATE_MS ? at : recordedAt,
    minor,
  }));
  const ends: Array<number | null> = [refundedInFullAt(totalMinor, refunds)];
  if (unpaidSince !== null) ends.push(cancelled ?? (ends[0] === null ? unpaidSince : null));
  const until = ends.filter((one) => one !== null);
  return {
    id,
    externalId,
    origin,
    placedAt,
    countsFrom: late ? placedAt : countedAt,
    countsUntil: until.length > 0 ? Math.min(...until) : null,
    silent,
  };
}

/** What the campaigns of a simulation listen to. */
export interface Listening {
  types: ReadonlySet<string>;
  clock: ReadonlyArray<{ campaign: SimulatedCampaign; trigger: TimeTrigger }>;
}

/** Triggers, goals and awaited events of campaigns. */
export function listeningOf(campaigns: readonly SimulatedCampaign[]): Listening {
  const types = campaigns.flatMap(({ definition, program }) => [
    triggerEventType(definition.trigger) ?? [],
    program.goal?.eventType ?? [],
    program.instructions.flatMap((one) => (one.op === 'waitFor' ? [one.eventType] : [])),
  ]);
  const clock = campaigns.flatMap((campaign) => {
    const { trigger } = campaign.definition;
    return isTimeTrigger(trigger) ? [{ campaign, trigger }] : [];
  });
  return { types: new Set(types.flat(2)), clock };
}

/** What signals are made of. */
export interface SignalSources {
  createdAt: number;
  recordedAt: number;
  fields: readonly FieldFact[];
  events: readonly LoggedEvent[];
  orders: readonly KnownOrder[];
  /** When the last import of orders of this customer was made; -Infinity: there was none. */
  importedAt: number;
}

export interface SignalFrame {
  from: number;
  to: number;
  rules: readonly RulesSince[];
  zone: string;
  listening: Listening;
}

/** Everything that happened to a customer in the period and that a campaign listens to, in order. */
export function signalsOf(sources: SignalSources, frame: SignalFrame): Signal[] {
  const { listening, from, to } = frame;
  const signals = [...loggedSignals(sources), ...unloggedSignals(sources, frame)];
  return signals.filter(({ at, event }) => at >= from && at < to && listening.types.has(event.type)).sort(inOrder);
}

function loggedSignals({ events, importedAt }: SignalSources): Signal[] {
  return events
    .filter((event) => !(isStageChange(event) && event.recordedAt <= importedAt))
    .map(({ id, type, occurredAt, recordedAt, properties, reference, eventId, starts }) => ({
      id,
      at: starts ? recordedAt : occurredAt,
      byClock: properties.cause === 'time',
      starts: true,
      event: { type, occurredAt: new Date(occurredAt), properties, reference },
      eventId: eventId ?? '',
    }));
}

/**
 * What left no events: imports (as they would have been, had each fact been told when it happened), and that a customer
 * came into being, which the log leaves out where no campaign listens.
 */
function unloggedSignals(sources: SignalSources, { rules, zone }: SignalFrame): Signal[] {
  const { createdAt, recordedAt, fields, events, orders, importedAt } = sources;
  const imported = fields.filter(({ eventId }) => isImported(eventId));
  const isHistory = (imported.length > 0 || importedAt > -Infinity) && createdAt < recordedAt;
  const bornAt = isHistory ? createdAt : recordedAt;
  const signals = importedOrderSignals(orders);
  if (importedAt > -Infinity) signals.push(...derivedStageSignals({ orders, until: importedAt }, rules, zone));
  if (!events.some(isBirth) && !orders.some(({ countsFrom }) => countsFrom <= bornAt))
    signals.push(birthSignal(bornAt));
  if (imported.length === 0 || !isHistory) return signals;
  if (!events.some(({ type }) => type === 'customer.created'))
    signals.push(derivedSignal(createdAt, 'customer.created'));
  for (const { field, value } of imported) {
    if (field !== 'consent' || (value as { status?: string }).status !== 'subscribed') continue;
    signals.push(derivedSignal(consentTime(value) ?? createdAt, 'consent.subscribed'));
  }
  return signals;
}

/** Whether the event is the log's word on one of the built-in stages. */
function isStageChange({ type, properties }: LoggedEvent): boolean {
  return (
    type.startsWith('segment.') && BUILT_IN_STAGES.includes(properties.segment) && properties.segmentId === undefined
  );
}

function isBirth({ type, properties }: LoggedEvent): boolean {
  return type === 'segment.entered' && properties.cause === 'created';
}

function isImported(eventId: string | null): boolean {
  return eventId?.startsWith('import:') === true;
}

function consentTime(value: unknown): number | null {
  const at = (value as { at?: unknown } | null)?.at;
  const time = typeof at === 'string' ? Date.parse(at) : NaN;
  return Number.isNaN(time) ? null : time;
}
