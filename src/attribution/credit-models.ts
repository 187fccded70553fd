import { splitByLargestRemainder } from './domain/split-credit';

/** The rules by which an order's revenue is credited to the messages that were touched before it. */
export const CREDIT_MODELS = ['last_click', 'last_touch', 'first_touch', 'linear', 'time_decay'] as const;
export type CreditModel = (typeof CREDIT_MODELS)[number];

/** How far back from the order a touch counts in the ledger, and in a report that names no window: P7D. */
export const DEFAULT_TOUCH_WINDOW_MS = 7 * 86_400_000;

/** What a customer did with one message before the order, machines left out. */
export interface MessageTouches {
  messageId: string;
  /** Last click at or before `placedAt`, null when there is none. */
  clickedAt: Date | null;
  /** Last open or click at or before `placedAt`. */
  touchedAt: Date;
}

/** An order as attribution sees it. */
export interface CreditedOrder {
  placedAt: Date;
  /** Net revenue in minor units of the store's currency; 0 where it is not known in store money. */
  revenue: number;
}

/** Whole minor units per message; only messages with a share of the credit are in it. */
export type Credit = Map<string, number>;

/**
 * Credits the order to messages by the model, in whole minor units that sum exactly to its revenue; an order without a
 * touch in the window gives an empty map. A touch is a click for `last_click`, for the others the last open or click of
 * each message. Ties go to the larger message id.
 */
export function creditOrder(
  order: CreditedOrder,
  touches: readonly MessageTouches[],
  model: CreditModel,
  windowMs: number,
): Credit {
  const placed = order.placedAt.getTime();
  const inWindow = touches
    .map((touch) => ({
      messageId: touch.messageId,
      at: (model === 'last_click' ? touch.clickedAt : touch.touchedAt)?.getTime() ?? NaN,
    }))
    .filter((touch) => touch.at <= placed && touch.at >= placed - windowMs)
    .sort((a, b) => a.at - b.at || (a.messageId < b.messageId ? -1 : 1));
  if (inWindow.length === 0) return new Map();
  return splitByLargestRemainder(order.revenue, weights(inWindow, model, placed));
}

interface Touch {
  messageId: string;
  at: number;
}

/** Weight per message, by the model; `touches` in the order of time, ties by message id. */
function weights(touches: readonly Touch[], model: CreditModel, placed: number): Map<string, number> {
  const only = (touch: Touch | undefined) => new Map(touch ? [[touch.messageId, 1]] : []);
  switch (model) {
    case 'last_click':
    case 'last_touch':
      return only(touches.at(-1));
    case 'first_touch': {
      const first = touches[0]?.at;
      return only(touches.filter((touch) => touch.at === first).at(-1));
    }
    case 'linear':
      return new Map(touches.map((touch) => [touch.messageId, 1]));
    case 'time_decay':
      return new Map(touches.map((touch) => [touch.messageId, 2 ** (-(placed - touch.at) / (7 * 86_400_000))]));
    default:
      return model satisfies never;
  }
}
