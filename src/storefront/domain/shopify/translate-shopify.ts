import { type DeliveryContext, ignored, Loose, type Translation } from '../translation';
import { cart, checkout, product, productDeleted } from './shopify-catalog';
import {
  consentUpdate,
  customer,
  customerDeleted,
  customersMerged,
  personRequest,
  shopRedacted,
} from './shopify-customers';
import { fulfilmentEvent, order, orderDeleted, orderEdited } from './shopify-orders';
import { refund } from './shopify-refunds';

type Adapter = (body: Loose, context: DeliveryContext) => Translation;

/** What each topic tells. A bare resource name (as in exports of payloads) is read as an update. */
const TOPICS: ReadonlyMap<string, Adapter> = new Map<string, Adapter>([
  ['customers/create', customer('customer.created')],
  ['customers/update', customer('customer.updated')],
  ['customers/enable', customer('customer.updated')],
  ['customers/disable', customer('customer.updated')],
  ['customers', customer('customer.updated')],
  ['customers/delete', customerDeleted],
  ['customers/merge', customersMerged],
  ['customers/redact', personRequest('customer.redacted')],
  ['customers/data_request', personRequest('customer.data_requested')],
  ['customers_email_marketing_consent/update', consentUpdate],
  ['orders/create', order('order.placed')],
  ['orders/updated', order('order.updated')],
  ['orders/paid', order('order.updated')],
  ['orders/partially_fulfilled', order('order.updated')],
  ['orders/fulfilled', order('order.updated', true)],
  ['orders/cancelled', order('order.cancelled')],
  ['orders', order('order.updated')],
  ['orders/delete', orderDeleted],
  ['orders/edited', orderEdited],
  ['refunds/create', refund],
  ['refunds', refund],
  ['fulfillment_events/create', fulfilmentEvent],
  ['checkouts/create', checkout],
  ['checkouts/update', checkout],
  ['checkouts', checkout],
  ['carts/create', cart],
  ['carts/update', cart],
  ['carts', cart],
  ['products/create', product],
  ['products/update', product],
  ['products', product],
  ['products/delete', productDeleted],
  ['shop/redact', shopRedacted],
]);

/** Translates one Shopify delivery. Never throws; topics that are not used are ignored with the reason. */
export function translateShopify(body: unknown, context: DeliveryContext): Translation {
  const adapter = TOPICS.get(context.topic.toLowerCase());
  if (!adapter) return ignored(`the topic ${context.topic.slice(0, 80) || '(none)'} is not used`);
  return adapter(Loose.of(body), context);
}
