import { isAwaitedBy, isOfOwnOrder } from '../../../src/enrollments/domain/match-events';
import { type AdvanceFacts } from '../../../src/enrollments/domain/advance';
import { splitDraw } from '../../../src/kernel/hash';
import { type Condition } from '../../../src/segments/domain/condition';
import { audienceThen } from './audience-then';
import { type PlannedCampaign, type PlannedVersion } from './campaigns-in-time';
import { type FactsInTime, known, type Moment } from './facts-in-time';
import { type KnownEvent, type KnownOrder } from './known-facts';

/** Reads the facts as they were known, with the language's own grammar. */
export interface ReadThen {
  facts: FactsInTime;
  /** Reads a stored condition. */
  parse(condition: unknown): Condition;
  storeZone: string;
}

/** An enrollment, as its steps ask about the world. */
export interface Asking {
  customerId: string;
  campaign: Pick<PlannedCampaign, 'salt'>;
  plan: PlannedVersion;
  enteredAt: Date;
  orderId: string | null;
}

type Asked = Pick<AdvanceFacts, 'holds' | 'eventAt' | 'splitDraw' | 'goalAt'>;

/** What the steps of an enrollment ask, answered from what was known at the moment. */
export function askedThen(read: ReadThen, asking: Asking, events: readonly KnownEvent[], moment: Moment): Asked {
  const { customerId, campaign, plan, orderId } = asking;
  return {
    goalAt: goalByOrder(read.facts, asking, moment),
    holds: (condition) => holdsThen(read, plan.program.conditions?.[condition], customerId, moment),
    splitDraw: (key) => splitDraw(campaign.salt, key, customerId),
    eventAt: (type, after, until) => {
      const recorded = events.filter((event) => event.type === type && known(event.handledAt, moment));
      if (recorded.some((event) => isOfOwnOrder(orderId, event) && event.occurredAt <= after)) return after;
      const times =
        type === 'order.counted'
          ? othersThan(orderId, read.facts.counting(customerId, moment)).map(({ placedAt }) => placedAt)
          : recorded.filter((event) => isAwaitedBy(orderId, event)).map(({ occurredAt }) => occurredAt);
      return times.sort((a, b) => Number(a) - Number(b)).find((at) => at > after && at <= until) ?? null;
    },
  };
}

/** Whether a stored condition held of a person, and what it looked at. */
export function holdsThen(
  { facts, parse, storeZone: zone }: ReadThen,
  condition: unknown,
  customerId: string,
  moment: Moment,
): { holds: boolean; values: Record<string, unknown> } {
  return audienceThen(parse(condition), {
    reader: facts.reader(customerId, moment),
    happenings: (leaf) => facts.happenings(customerId, leaf, moment),
    asOf: moment.at,
    zone,
  });
}

/** An order within the goal's window, whether or not it was an event. */
function goalByOrder(
  facts: FactsInTime,
  { customerId, plan, enteredAt, orderId }: Asking,
  moment: Moment,
): Date | null {
  const goal = plan.program.goal;
  if (!goal?.exit || goal.eventType !== 'order.counted') return null;
  const until = goal.withinMs === null ? Infinity : enteredAt.getTime() + goal.withinMs;
  const order = othersThan(orderId, facts.counting(customerId, moment)).find(
    ({ placedAt }) => placedAt > enteredAt && placedAt.getTime() <= until,
  );
  return order?.placedAt ?? null;
}

function othersThan(orderId: string | null, orders: readonly KnownOrder[]): KnownOrder[] {
  return orders.filter(({ id, origin }) => origin !== 'renewal' && id !== orderId);
}
