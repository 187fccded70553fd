import { type SourceEvent } from '../envelope';
import { currencyOrUndefined, decimalOrUndefined, mailableOrNull, nameOrUndefined } from '../lenient-values';
import { type DeliveryContext, ignored, type Loose, present, told, type Translation } from '../translation';
import { gmt, occurredAt, plainName } from './woo-values';

const STATUS: Record<string, string> = {
  pending: 'pending',
  'on-hold': 'pending',
  failed: 'pending',
  processing: 'paid',
  completed: 'paid',
  cancelled: 'cancelled',
  trash: 'cancelled',
  refunded: 'refunded',
};

/** Orders that are still being written at the checkout or in the back office. */
const DRAFTS = new Set(['checkout-draft', 'auto-draft', 'draft']);

/** `order.created`, `order.updated`, `order.restored`: the whole order each, refunds inside. */
export function order(type: 'order.placed' | 'order.updated') {
  return (body: Loose, context: DeliveryContext): Translation => {
    const externalId = body.id('id');
    if (!externalId) return ignored('the order has no id');
    const state = body.text('status')?.replace(/^wc-/, '') ?? '';
    if (DRAFTS.has(state)) return ignored(`the order is a ${state}`);
    const customer = orderCustomer(body);
    if (!customer.externalId && !customer.email) return ignored('the order names nobody: no customer, no address');
    const at = occurredAt(body, context);
    const status = statusOf(body, state);
    const kind = status === 'cancelled' ? 'order.cancelled' : type;
    const data = { ...orderFields(body), externalId, customer, status };
    const whole = { type: kind, occurredAt: at, data: present(data) };
    return told(
      whole,
      ...refunds(body, externalId, at),
      ...(state === 'completed' ? [fulfilled(body, externalId, at)] : []),
    );
  };
}

function orderFields(body: Loose): Record<string, unknown> {
  return {
    placedAt: gmt(body, 'date_created'),
    updatedAt: gmt(body, 'date_modified'),
    currency: currencyOrUndefined(body.get('currency')) ?? body.get('currency'),
    total: body.get('total'),
    origin: body.text('created_via') === 'subscription' ? 'renewal' : 'shop',
    couponCodes: body.list('coupon_lines').flatMap((coupon) => nameOrUndefined(coupon.get('code')) ?? []),
    discount: decimalOrUndefined(body.get('discount_total')),
    lines: body.list('line_items').flatMap((line) => orderLine(line)),
  };
}

/** What is no product of the catalogue goes by its SKU, else by its name. Prices are without tax. */
function orderLine(line: Loose): Record<string, unknown>[] {
  const name = plainName(line.get('name'));
  const productExternalId = line.id('product_id') ?? nameOrUndefined(line.get('sku')) ?? name;
  if (!productExternalId) return [];
  const quantity = decimalOrUndefined(line.get('quantity')) ?? '1';
  const unitPrice = decimalOrUndefined(line.get('price')) ?? '0';
  return [present({ productExternalId, name, quantity, unitPrice })];
}

/** A status that a plugin made up: paid when the order says when it was paid. */
function statusOf(body: Loose, state: string): string {
  return STATUS[state] ?? (gmt(body, 'date_paid') ? 'paid' : 'pending');
}

/** `customer_id` 0 is a guest: the address of the bill is all there is. */
function orderCustomer(body: Loose): Record<string, unknown> {
  const billing = body.child('billing');
  return present({
    externalId: body.id('customer_id'),
    email: mailableOrNull(billing.get('email')) ?? undefined,
    firstName: nameOrUndefined(billing.get('first_name')),
    lastName: nameOrUndefined(billing.get('last_name')),
  });
}

/** WooCommerce has one word for it: the shop has done its part. Every later change of the order says so again. */
function fulfilled(body: Loose, orderExternalId: string, changedAt: string): SourceEvent {
  const at = gmt(body, 'date_completed') ?? changedAt;
  const onceKey = `fulfilled:${orderExternalId}`;
  return { type: 'order.fulfilled', occurredAt: at, data: { orderExternalId, at }, onceKey };
}

/** Refunds stand in the order by id, reason and a negative total, without a time: the order's last change it is. */
function refunds(body: Loose, orderExternalId: string, at: string): SourceEvent[] {
  return body.list('refunds').flatMap((refund) => {
    const id = refund.id('id');
    const amount = decimalOrUndefined(refund.get('total'))?.replace(/^-/, '');
    if (!id || !amount || Number(amount) === 0) return [];
    return [refundEvent(id, orderExternalId, amount, at)];
  });
}

function refundEvent(id: string, orderExternalId: string, amount: string, at: string): SourceEvent {
  return { type: 'order.refunded', occurredAt: at, data: { orderExternalId, amount, at }, onceKey: `refund:${id}` };
}

/** A refund by itself (`order.refund.created` of some plugins); its order stands in its links or as its parent. */
export function refund(body: Loose, context: DeliveryContext): Translation {
  const id = body.id('id');
  const href = body.child('_links').list('up')[0]?.text('href');
  const orderExternalId = body.id('parent_id') ?? body.id('order_id') ?? /\/orders\/(\d+)\/?$/.exec(href ?? '')?.[1];
  const amount = decimalOrUndefined(body.get('amount'))?.replace(/^-/, '');
  if (!id || !orderExternalId) return ignored('the refund names no order');
  if (!amount || Number(amount) === 0) return ignored('no money went back');
  const at = gmt(body, 'date_created') ?? occurredAt(body, context);
  return told(refundEvent(id, orderExternalId, amount, at));
}

/** `order.deleted` tells the id alone. */
export function orderDeleted(body: Loose, context: DeliveryContext): Translation {
  const externalId = body.id('id');
  if (!externalId) return ignored('the order has no id');
  return told({ type: 'order.cancelled', occurredAt: occurredAt(body, context), data: { externalId, removed: true } });
}
