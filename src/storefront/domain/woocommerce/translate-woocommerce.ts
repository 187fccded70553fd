import { decimalOrUndefined, urlOrUndefined } from '../lenient-values';
import { type DeliveryContext, ignored, Loose, present, told, type Translation } from '../translation';
import { customer, customerDeleted } from './woo-customers';
import { order, orderDeleted, refund } from './woo-orders';
import { gmt, occurredAt, plainName } from './woo-values';

type Adapter = (body: Loose, context: DeliveryContext) => Translation;

const TOPICS: ReadonlyMap<string, Adapter> = new Map<string, Adapter>([
  ['customer.created', customer('customer.created')],
  ['customer.updated', customer('customer.updated')],
  ['customer.deleted', customerDeleted],
  ['order.created', order('order.placed')],
  ['order.updated', order('order.updated')],
  ['order.restored', order('order.updated')],
  ['order.deleted', orderDeleted],
  ['order.refund.created', refund],
  ['refund.created', refund],
  ['product.created', product],
  ['product.updated', product],
  ['product.restored', product],
  ['product.deleted', productDeleted],
]);

/** Translates one WooCommerce delivery. Never throws; topics that are not used are ignored with the reason. */
export function translateWooCommerce(body: unknown, context: DeliveryContext): Translation {
  const adapter = TOPICS.get(context.topic.toLowerCase());
  if (!adapter) return ignored(`the topic ${context.topic.slice(0, 80) || '(none)'} is not used`);
  return adapter(Loose.of(body), context);
}

const PING = /^webhook_id=\d{1,20}$/;

/** WooCommerce's test call when a webhook is saved: a form, no topic, no signature. It says nothing. */
export function isPing(body: Buffer): boolean {
  return body.length <= 32 && PING.test(body.toString('latin1'));
}

function product(body: Loose, context: DeliveryContext): Translation {
  const externalId = body.id('id');
  const name = plainName(body.get('name'));
  if (!externalId || !name) return ignored('the product has no id or no name');
  const price = decimalOrUndefined(body.get('price')) ?? decimalOrUndefined(body.get('regular_price'));
  const data = present({
    externalId,
    name,
    category: plainName(body.list('categories')[0]?.get('name')) ?? null,
    price,
    url: urlOrUndefined(body.get('permalink')),
    imageUrl: urlOrUndefined(body.list('images')[0]?.get('src')) ?? null,
    active: body.text('status') === undefined || body.text('status') === 'publish',
    updatedAt: gmt(body, 'date_modified') ?? gmt(body, 'date_created'),
  });
  return told({ type: 'product.updated', occurredAt: occurredAt(body, context), data });
}

function productDeleted(body: Loose, context: DeliveryContext): Translation {
  const externalId = body.id('id');
  if (!externalId) return ignored('the product has no id');
  return told({ type: 'product.updated', occurredAt: occurredAt(body, context), data: { externalId, removed: true } });
}
