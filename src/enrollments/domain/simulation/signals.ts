import { addDays, localDate, startOfDay } from '../../../kernel/local-time';
import { type LifecycleRules, type Stage, stageOn } from '../../../segments/stage';
import { type CustomerEvent } from '../match-events';
import { countsAt, type KnownOrder } from './known-orders';

/** Something that happened to a customer, at the instant at which the engine acted or would have acted on it. */
export interface Signal {
  at: number;
  id: string;
  /** Brought about by the clock (a midnight, a date) and not told by anybody: worked off before what is due. */
  byClock: boolean;
  /** False: it may reach a goal or end a wait, but starts nothing. */
  starts: boolean;
  event: CustomerEvent;
  /** Decides between events of one instant, as in the log. */
  eventId: string;
  /** The clock takes the person for this campaign, if its segment has them. */
  campaignId?: string;
}

/** The order in which the engine works off what happened at one instant. */
export function inOrder(a: Signal, b: Signal): number {
  return (
    a.at - b.at ||
    Number(b.byClock) - Number(a.byClock) ||
    a.event.occurredAt.getTime() - b.event.occurredAt.getTime() ||
    compare(a.event.type, b.event.type) ||
    compare(a.eventId, b.eventId) ||
    compare(a.id, b.id)
  );
}

/** Two lists that are in order, as one. */
export function mergeInOrder(one: readonly Signal[], other: readonly Signal[]): Signal[] {
  const merged: Signal[] = [];
  let taken = 0;
  for (const signal of one) {
    for (let next = other[taken]; next && inOrder(next, signal) < 0; next = other[++taken]) merged.push(next);
    merged.push(signal);
  }
  return taken < other.length ? merged.concat(other.slice(taken)) : merged;
}

/** A signal that no recorded event stands for: imported history. */
export function derivedSignal(
  at: number,
  type: string,
  more: Partial<CustomerEvent> & { byClock?: boolean } = {},
): Signal {
  const { properties = {}, reference = null, byClock = false } = more;
  const event = { type, occurredAt: new Date(at), properties, reference };
  const what = typeof properties.segment === 'string' ? properties.segment : '';
  const id = `${type} ${at} ${reference ?? what}`;
  return { at, id, byClock, starts: true, event, eventId: id };
}

/** `order.counted` of imported orders, which left no event. */
export function importedOrderSignals(orders: readonly KnownOrder[]): Signal[] {
  return orders
    .filter(({ silent }) => silent)
    .map(({ id, externalId, origin, countsFrom }) =>
      derivedSignal(countsFrom, 'order.counted', { properties: { orderId: id, externalId, origin }, reference: id }),
    );
}

/** A lifecycle setting, from when on it is in force; the first one also before. */
export interface RulesSince extends LifecycleRules {
  since: number;
}

/** What stage changes are worked out from. */
export interface StagePast {
  orders: readonly KnownOrder[];
  /** Changes up to here; later ones are in the log. */
  until: number;
}

/**
 * The changes of stage that a customer's orders bring about by their own times, as the log would have them had each been
 * told when it was placed: entering and leaving, at each order that counts or no longer does, and at the store's midnight
 * at which a silence grew too long. Imported history has left no such events.
 */
export function derivedStageSignals(past: StagePast, rules: readonly RulesSince[], zone: string): Signal[] {
  const { orders, until } = past;
  const signals: Signal[] = [];
  const changes = [...new Set(orders.flatMap((order) => [order.countsFrom, order.countsUntil ?? order.countsFrom]))]
    .filter((at) => at <= until)
    .sort((a, b) => a - b);
  let stage: Stage = 'prospect';
  const move = (at: number, to: Stage, cause: string, reference: string | null): void => {
    if (to === stage) return;
    const byClock = cause === 'time';
    signals.push(derivedSignal(at, 'segment.left', { ...moved(stage, cause), reference, byClock }));
    signals.push(derivedSignal(at, 'segment.entered', { ...moved(to, cause), reference, byClock }));
    stage = to;
  };
  changes.forEach((at, i) => {
    const counting = orders.filter((order) => countsAt(order, at));
    const last = counting.reduce<number | null>((latest, { placedAt }) => Math.max(latest ?? placedAt, placedAt), null);
    const lastDay = last === null ? null : localDate(new Date(last), zone);
    const inForce = rulesAt(rules, at);
    const cause = orders.find(({ countsFrom }) => countsFrom === at);
    const facts = { orderCount: counting.length, lastDay };
    move(at, stageOn(facts, localDate(new Date(at), zone), inForce), cause ? 'order' : 'refund', cause?.id ?? null);
    if (lastDay === null || (stage !== 'recent' && stage !== 'repeat')) return;
    const lapsesAt = startOfDay(addDays(lastDay, inForce.thresholdDays + 1), zone).getTime();
    if (lapsesAt <= until && lapsesAt < (changes[i + 1] ?? Infinity)) move(lapsesAt, 'lapsed', 'time', null);
  });
  return signals;
}

/** A customer came into being, without an order: who orders first is never a prospect. */
export function birthSignal(at: number): Signal {
  return derivedSignal(at, 'segment.entered', moved('prospect', 'created'));
}

function moved(segment: Stage, cause: string): Pick<CustomerEvent, 'properties'> {
  return { properties: { segment, cause } };
}

function rulesAt(rules: readonly RulesSince[], at: number): LifecycleRules {
  const found = rules.findLast(({ since }) => since <= at) ?? rules[0];
  if (!found) throw new Error('there is no lifecycle setting');
  return found;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
