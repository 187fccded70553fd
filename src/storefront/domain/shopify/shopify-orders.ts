import { type SourceEvent } from '../envelope';
import {
  currencyOrUndefined,
  decimalOrUndefined,
  instantOrUndefined,
  localeOrUndefined,
  mailableOrNull,
  nameOrUndefined,
} from '../lenient-values';
import { type DeliveryContext, ignored, type Loose, present, told, type Translation } from '../translation';
import { customerReference } from './shopify-customers';
import { shopRefund } from './shopify-refunds';
import { occurredAt, shopifyId } from './shopify-values';

type OrderType = 'order.placed' | 'order.updated' | 'order.cancelled';

const STATUS: Record<string, string> = {
  paid: 'paid',
  partially_refunded: 'paid',
  refunded: 'refunded',
  voided: 'cancelled',
  expired: 'cancelled',
};

/** Renewals of a subscription; its first order comes through the checkout and is one of the shop. */
const RENEWAL = 'subscription_contract';

/** `orders/create`, `orders/updated`, `orders/paid`, `orders/cancelled`, `orders/fulfilled`: the whole order each. */
export function order(type: OrderType, fulfilled = false) {
  return (body: Loose, context: DeliveryContext): Translation => {
    const externalId = shopifyId(body);
    if (!externalId) return ignored('the order has no id');
    if (body.get('test') === true) return ignored('a test order');
    const customer = orderCustomer(body);
    if (!customer.externalId && !customer.email) return ignored('the order names nobody: no customer, no address');
    const total = body.get('total_price') ?? body.get('current_total_price');
    const currency = currencyOrUndefined(body.get('currency'));
    if (!currency && decimalOrUndefined(total) === undefined)
      return ignored('a sample: neither total nor currency is one');
    const at = occurredAt(body, context);
    const data = {
      ...orderFields(body, context),
      externalId,
      customer,
      currency: currency ?? body.get('currency'),
      total,
    };
    const events: SourceEvent[] = [{ type, occurredAt: at, data: present(data) }, ...refunds(body, externalId, at)];
    if (fulfilled) events.push({ type: 'order.fulfilled', occurredAt: at, data: { orderExternalId: externalId, at } });
    return told(...events);
  };
}

function orderFields(body: Loose, context: DeliveryContext): Record<string, unknown> {
  return {
    placedAt: instantOrUndefined(body.get('processed_at')) ?? instantOrUndefined(body.get('created_at')),
    updatedAt: instantOrUndefined(body.get('updated_at')),
    storeTotal: shopMoney(body.child('total_price_set'), context.storeCurrency),
    status: body.get('cancelled_at') ? 'cancelled' : (STATUS[body.text('financial_status') ?? ''] ?? 'pending'),
    origin: body.text('source_name') === RENEWAL ? 'renewal' : 'shop',
    couponCodes: body.list('discount_codes').flatMap((discount) => nameOrUndefined(discount.get('code')) ?? []),
    discount: decimalOrUndefined(body.get('total_discounts')),
    lines: orderLines(body),
  };
}

/** The order's own address wins over that of the customer's profile: it is where this order was confirmed to. */
export function orderCustomer(body: Loose): Record<string, unknown> {
  const own = mailableOrNull(body.get('email')) ?? mailableOrNull(body.get('contact_email'));
  const profile = customerReference(body.child('customer'));
  const locale = localeOrUndefined(body.get('customer_locale')) ?? profile.locale;
  return present({ ...profile, email: own ?? profile.email, locale });
}

/** Amount in the shop's own currency, when that is the currency of the store here. */
function shopMoney(set: Loose, storeCurrency: string): string | undefined {
  const money = set.child('shop_money');
  return money.text('currency_code') === storeCurrency ? decimalOrUndefined(money.get('amount')) : undefined;
}

/**
 * Lines of orders, checkouts and carts. What is no product of the catalogue (a custom item) goes by its SKU, else by
 * its name; a line without any of these says nothing.
 */
export function orderLines(body: Loose): Record<string, unknown>[] {
  return body.list('line_items').flatMap((line) => {
    const name = nameOrUndefined(line.get('title')) ?? nameOrUndefined(line.get('name'));
    const productExternalId = line.id('product_id') ?? nameOrUndefined(line.get('sku')) ?? name;
    if (!productExternalId) return [];
    const quantity = decimalOrUndefined(line.get('quantity')) ?? '1';
    const unitPrice = decimalOrUndefined(line.get('price')) ?? '0';
    return [present({ productExternalId, name, quantity, unitPrice })];
  });
}

/** The refunds that the order carries are the same that `refunds/create` tells one by one: one key for both. */
function refunds(body: Loose, orderExternalId: string, at: string): SourceEvent[] {
  return body.list('refunds').flatMap((refund) => shopRefund(refund, orderExternalId, at) ?? []);
}

/** `orders/delete`. */
export function orderDeleted(body: Loose, context: DeliveryContext): Translation {
  const externalId = shopifyId(body);
  if (!externalId) return ignored('the order has no id');
  return told({ type: 'order.cancelled', occurredAt: occurredAt(body, context), data: { externalId, removed: true } });
}

/** `orders/edited` tells lines added and removed, without prices: the `orders/updated` that goes with it has all. */
export function orderEdited(): Translation {
  return ignored('an edit without amounts: orders/updated tells the whole order');
}

/** `fulfillment_events/create`: of the carrier's messages only the delivery counts. */
export function fulfilmentEvent(body: Loose, context: DeliveryContext): Translation {
  const orderExternalId = body.id('order_id');
  if (body.text('status') !== 'delivered' || !orderExternalId) return ignored('no delivery of an order');
  const at = instantOrUndefined(body.get('happened_at')) ?? occurredAt(body, context);
  return told({ type: 'order.delivered', occurredAt: at, data: { orderExternalId, at } });
}
