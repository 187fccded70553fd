import { addDecimals } from '../decimal-text';
import { type SourceEvent } from '../envelope';
import { decimalOrUndefined, instantOrUndefined } from '../lenient-values';
import { type DeliveryContext, ignored, type Loose, present, told, type Translation } from '../translation';
import { occurredAt, shopifyId } from './shopify-values';

/** `refunds/create`. */
export function refund(body: Loose, context: DeliveryContext): Translation {
  const orderExternalId = body.id('order_id');
  if (!orderExternalId) return ignored('the refund names no order');
  const event = shopRefund(body, orderExternalId, occurredAt(body, context));
  return event ? told(event) : ignored('no money went back');
}

/**
 * One refund as an event; undefined when no money went back (goods restocked, a transaction that failed or waits).
 *
 * @param fallback when the refund itself carries no time.
 */
export function shopRefund(body: Loose, orderExternalId: string, fallback: string): SourceEvent | undefined {
  const id = shopifyId(body);
  const amount = refundedAmount(body);
  if (amount === undefined || Number(amount) <= 0) return undefined;
  const at = instantOrUndefined(body.get('processed_at')) ?? instantOrUndefined(body.get('created_at')) ?? fallback;
  const onceKey = id === undefined ? undefined : `refund:${id}`;
  return { type: 'order.refunded', occurredAt: at, data: { orderExternalId, amount, at }, ...present({ onceKey }) };
}

/**
 * What was paid back: the sum of the successful refund transactions. Those of an order in another currency are in the
 * buyer's money, the order's total is in the shop's: then the amounts in shop money of the refunded lines are summed.
 */
function refundedAmount(body: Loose): string | undefined {
  const paid = body
    .list('transactions')
    .filter((one) => one.text('kind') === 'refund' && one.text('status') === 'success');
  const shopCurrency = body
    .list('refund_line_items')
    .map((line) => line.child('subtotal_set').child('shop_money').text('currency_code'))
    .find((code) => code !== undefined);
  const foreign = paid.some((one) => shopCurrency && one.text('currency') && one.text('currency') !== shopCurrency);
  if (foreign || !Array.isArray(body.get('transactions'))) return lineAmounts(body);
  return addDecimals(paid.flatMap((one) => decimalOrUndefined(one.get('amount')) ?? []));
}

function lineAmounts(body: Loose): string | undefined {
  const shopAmount = (set: Loose, plain: unknown) =>
    decimalOrUndefined(set.child('shop_money').get('amount') ?? plain) ?? '0';
  const lines = body
    .list('refund_line_items')
    .flatMap((line) => [
      shopAmount(line.child('subtotal_set'), line.get('subtotal')),
      shopAmount(line.child('total_tax_set'), line.get('total_tax')),
    ]);
  const shipping = body
    .list('refund_shipping_lines')
    .map((line) => shopAmount(line.child('subtotal_amount_set'), line.get('subtotal_amount')));
  return addDecimals([...lines, ...shipping]);
}
