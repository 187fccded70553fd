import { Injectable } from '@nestjs/common';
import { type Tx } from '../../platform/database/database';
import { type Credit, CREDIT_MODELS, type CreditModel, creditOrder, DEFAULT_TOUCH_WINDOW_MS } from '../credit-models';
import { reconcileCredit } from '../domain/reconcile-credit';
import {
  appendCredits,
  type CreditableTouchRow,
  creditableTouches,
  type LedgerSumRow,
  ledgerSums,
  type NewCredit,
} from './credits.sql';

/** What touches and ledger say about one order. */
interface OrderCredit {
  touches: CreditableTouchRow[];
  held: LedgerSumRow[];
}

/** The append-only ledger: which message is owed which order's revenue, by each model within P7D. */
@Injectable()
export class CreditLedger {
  /**
   * Appends what is missing to the ledger of these orders: credits for new ones, reversals for what was refunded or
   * cancelled since. Three statements for any number of orders; nothing is appended twice.
   */
  async reconcile(tx: Tx, orderIds: readonly string[], at: Date): Promise<void> {
    const touches = await tx.query<CreditableTouchRow>(creditableTouches(orderIds, DEFAULT_TOUCH_WINDOW_MS));
    const held = await tx.query<LedgerSumRow>(ledgerSums(orderIds));
    const orders = new Map<string, OrderCredit>();
    const of = (orderId: string): OrderCredit => {
      const known = orders.get(orderId) ?? { touches: [], held: [] };
      orders.set(orderId, known);
      return known;
    };
    for (const row of touches) of(row.orderId).touches.push(row);
    for (const row of held) of(row.orderId).held.push(row);
    const rows = [...orders].flatMap(([orderId, order]) =>
      CREDIT_MODELS.flatMap((model) => missingEntries(orderId, order, model)),
    );
    if (rows.length > 0) await tx.execute(appendCredits(rows, at));
  }
}

function missingEntries(orderId: string, { touches, held }: OrderCredit, model: CreditModel): NewCredit[] {
  const mine = held.filter((row) => row.model === model);
  const [first] = touches;
  const wanted: Credit = first
    ? creditOrder({ placedAt: first.placedAt, revenue: first.revenue ?? 0 }, touches, model, DEFAULT_TOUCH_WINDOW_MS)
    : new Map<string, number>();
  const campaigns = new Map([...mine, ...touches].map((row) => [row.messageId, row.campaignId]));
  const sums = new Map(mine.map((row) => [row.messageId, row.amount]));
  return reconcileCredit(sums, wanted).map(({ messageId, kind, amount }) => {
    const campaignId = campaigns.get(messageId);
    if (campaignId === undefined) throw new Error(`message ${messageId} is neither touched nor credited`);
    return { orderId, messageId, campaignId, model, kind, amount };
  });
}
