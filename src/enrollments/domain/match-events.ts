import { type Listening } from '../../campaigns/campaign-programs';
import { type EntryRule, type ProgramGoal, type Trigger, triggerEventType } from '../../campaigns/campaign.types';

/** A recorded event of a customer, as triggers and goals read it. */
export interface CustomerEvent {
  type: string;
  occurredAt: Date;
  properties: Readonly<Record<string, unknown>>;
  /** Id of the order that an order event is about. */
  reference: string | null;
}

/** Whether the event starts a campaign with this trigger. Renewals start nothing. */
export function startsCampaign(trigger: Trigger, event: CustomerEvent): boolean {
  if (triggerEventType(trigger) !== event.type) return false;
  if (event.type === 'order.counted') return event.reference !== null && event.properties.origin !== 'renewal';
  return !isAboutSegment(event.type) || isOfSegment(trigger, event);
}

function isAboutSegment(type: string): boolean {
  return type === 'segment.entered' || type === 'segment.left';
}

/** The event names a segment by its key and, where the shop made it, by its id; a trigger may say either. */
function isOfSegment(trigger: Trigger, { properties }: Pick<CustomerEvent, 'properties'>): boolean {
  if (trigger.on !== 'segment') return false;
  return trigger.segment === properties.segment || trigger.segment === properties.segmentId;
}

/**
 * Whether campaigns that listen so could act on an event at all: it is a goal, is waited for, or may start one. Wider than
 * {@link startsCampaign} and {@link reachesGoal}, which look more closely.
 */
export function couldAct(listening: Listening, event: Pick<CustomerEvent, 'type' | 'properties'>): boolean {
  if (listening.goals.has(event.type) || listening.awaited.has(event.type)) return true;
  return listening.triggers.some(
    (trigger) =>
      triggerEventType(trigger) === event.type && (!isAboutSegment(event.type) || isOfSegment(trigger, event)),
  );
}

/** The order that an event is about, if it is about one; entering or leaving a segment is about the order behind it. */
export function orderOf(event: CustomerEvent): string | null {
  return event.type.startsWith('order.') || isAboutSegment(event.type) ? event.reference : null;
}

/**
 * Whether events of a type are about what becomes of one order (`order.delivered`). An enrollment that an order started
 * waits for those of that order; `order.counted`, on the contrary, means another one (`TELLS_OF_AN_ORDER_SQL` is the same).
 */
function tellsOfAnOrder(type: string): boolean {
  return type.startsWith('order.') && type !== 'order.counted';
}

/**
 * Whether an event can end a wait for its type, by the orders that it and the enrollment are about: what becomes of an
 * order only where it is the enrollment's own, another order only where it is not.
 */
export function isAwaitedBy(
  triggerOrderId: string | null,
  { type, reference }: Pick<CustomerEvent, 'type' | 'reference'>,
): boolean {
  if (reference === null || triggerOrderId === null) return true;
  if (type === 'order.counted') return reference !== triggerOrderId;
  return !tellsOfAnOrder(type) || reference === triggerOrderId;
}

/** Whether an event is about the very order that started the enrollment: it ends a wait even if it came before it. */
export function isOfOwnOrder(
  triggerOrderId: string | null,
  { type, reference }: Pick<CustomerEvent, 'type' | 'reference'>,
): boolean {
  return triggerOrderId !== null && reference === triggerOrderId && tellsOfAnOrder(type);
}

/** What an enrollment by this event is unique by beside campaign and customer: the order, where the entry says so. */
export function entryKeyOf(entry: EntryRule, event: CustomerEvent): string {
  return entry.key === 'order' ? (orderOf(event) ?? '') : '';
}

/** An enrollment as a goal reads it. */
export interface GoalSubject {
  enteredAt: Date;
  triggerOrderId: string | null;
}

/**
 * Whether the event reaches the goal: of its type, after entry and within its window by the event's own time. Renewals
 * and the order that started the enrollment reach none.
 */
export function reachesGoal(goal: ProgramGoal, enrollment: GoalSubject, event: CustomerEvent): boolean {
  if (goal.eventType !== event.type) return false;
  if (event.type === 'order.counted' && event.properties.origin === 'renewal') return false;
  if (event.reference !== null && event.reference === enrollment.triggerOrderId) return false;
  const after = event.occurredAt.getTime() - enrollment.enteredAt.getTime();
  return after > 0 && (goal.withinMs === null || after <= goal.withinMs);
}
