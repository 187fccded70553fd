import { CREDIT_MODELS, type CreditModel, creditOrder, type MessageTouches } from '../../attribution/credit-models';

/** A touch of an order, with whose message it was. */
export interface OwnedTouch extends MessageTouches {
  /** Of the campaign that the figures are about. */
  own: boolean;
  step: string;
}

/** A counting order and what its customer touched in the window before it. */
export interface TouchedOrder {
  placedAt: Date;
  /** Minor units; null where it is not known in store money. */
  revenue: number | null;
  touches: OwnedTouch[];
}

/** Orders, and revenue in minor units. */
export interface Sum {
  orders: number;
  revenue: number;
}

export type SumByModel = Record<CreditModel, Sum>;

export interface AttributionFigures {
  models: SumByModel;
  uncredited: SumByModel;
  byStep: Map<string, SumByModel>;
  /** Orders without store money: they count as orders and bring no revenue. */
  otherCurrency: number;
}

const none = (): SumByModel =>
  Object.fromEntries(CREDIT_MODELS.map((model) => [model, { orders: 0, revenue: 0 }])) as SumByModel;

/**
 * What each model credits to a campaign's messages, in all and by step, and what it credits to nobody's. An order counts
 * once for the campaign and once for each step that has a share in it. Messages of all campaigns compete.
 */
export function attributionFigures(orders: readonly TouchedOrder[], windowMs: number): AttributionFigures {
  const figures: AttributionFigures = { models: none(), uncredited: none(), byStep: new Map(), otherCurrency: 0 };
  for (const order of orders) {
    if (order.revenue === null) figures.otherCurrency++;
    for (const model of CREDIT_MODELS) addOrder(figures, order, model, windowMs);
  }
  return figures;
}

function addOrder(figures: AttributionFigures, order: TouchedOrder, model: CreditModel, windowMs: number): void {
  const revenue = order.revenue ?? 0;
  const credit = creditOrder({ placedAt: order.placedAt, revenue }, order.touches, model, windowMs);
  if (credit.size === 0) return add(figures.uncredited[model], revenue);
  const shares = new Map<string, number>();
  for (const touch of order.touches) {
    const amount = credit.get(touch.messageId);
    if (touch.own && amount !== undefined) shares.set(touch.step, (shares.get(touch.step) ?? 0) + amount);
  }
  if (shares.size === 0) return;
  let own = 0;
  for (const [step, amount] of shares) {
    const sums = figures.byStep.get(step) ?? none();
    figures.byStep.set(step, sums);
    add(sums[model], amount);
    own += amount;
  }
  add(figures.models[model], own);
}

function add(sum: Sum, revenue: number): void {
  sum.orders++;
  sum.revenue += revenue;
}
