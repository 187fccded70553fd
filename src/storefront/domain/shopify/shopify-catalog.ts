import {
  currencyOrUndefined,
  decimalOrUndefined,
  instantOrUndefined,
  nameOrUndefined,
  urlOrUndefined,
} from '../lenient-values';
import { type DeliveryContext, ignored, type Loose, present, told, type Translation } from '../translation';
import { orderCustomer, orderLines } from './shopify-orders';
import { occurredAt, shopifyId } from './shopify-values';

/** Only Shopify's own domains: the header is not covered by the signature, and it ends up in links of mails. */
const SHOP_DOMAIN = /^[a-z0-9][a-z0-9-]*\.myshopify\.(?:com|io)$/i;

/** `products/create` and `products/update`. */
export function product(body: Loose, context: DeliveryContext): Translation {
  const externalId = shopifyId(body);
  const name = nameOrUndefined(body.get('title'));
  if (!externalId || !name) return ignored('the product has no id or no title');
  const image = body.child('image').get('src') ?? body.list('images')[0]?.get('src');
  const data = present({
    externalId,
    name,
    category: nameOrUndefined(body.get('product_type')) ?? null,
    price: lowestPrice(body),
    url: productUrl(body, context),
    imageUrl: urlOrUndefined(image) ?? null,
    active: isActive(body),
    updatedAt: instantOrUndefined(body.get('updated_at')),
  });
  return told({ type: 'product.updated', occurredAt: occurredAt(body, context), data });
}

export function productDeleted(body: Loose, context: DeliveryContext): Translation {
  const externalId = shopifyId(body);
  if (!externalId) return ignored('the product has no id');
  return told({ type: 'product.updated', occurredAt: occurredAt(body, context), data: { externalId, removed: true } });
}

/** Of the variants the cheapest: "from 19.99". */
function lowestPrice(body: Loose): string | undefined {
  const prices = body.list('variants').flatMap((variant) => decimalOrUndefined(variant.get('price')) ?? []);
  return prices.sort((a, b) => Number(a) - Number(b))[0];
}

function productUrl(body: Loose, context: DeliveryContext): string | undefined {
  const handle = body.text('handle');
  if (!handle || !context.shopDomain || !SHOP_DOMAIN.test(context.shopDomain)) return undefined;
  return urlOrUndefined(`https://${context.shopDomain.toLowerCase()}/products/${encodeURIComponent(handle)}`);
}

/** On sale in the online shop: what is not published there has no page to link to. */
function isActive(body: Loose): boolean {
  const status = body.text('status');
  const published = !body.has('published_at') || body.get('published_at') !== null;
  return (status === undefined || status === 'active') && published;
}

/** `checkouts/create` and `checkouts/update`. */
export function checkout(body: Loose, context: DeliveryContext): Translation {
  if (body.get('completed_at')) return ignored('the checkout was completed: its order tells the rest');
  return basket('checkout.started', body, context);
}

/** `carts/create` and `carts/update`: Shopify's carts rarely say whose they are. */
export function cart(body: Loose, context: DeliveryContext): Translation {
  return basket('cart.updated', body, context);
}

function basket(type: 'checkout.started' | 'cart.updated', body: Loose, context: DeliveryContext): Translation {
  const customer = orderCustomer(body);
  if (!customer.externalId && !customer.email) return ignored('it names nobody: no customer, no address');
  const externalId = body.id('token') ?? body.id('id');
  if (!externalId) return ignored('it has neither token nor id');
  const data = present({
    customer,
    externalId,
    url: urlOrUndefined(body.get('abandoned_checkout_url')),
    total: decimalOrUndefined(body.get('total_price')),
    currency: currencyOrUndefined(body.get('currency')),
    lines: orderLines(body),
    updatedAt: instantOrUndefined(body.get('updated_at')),
  });
  return told({ type, occurredAt: occurredAt(body, context), data });
}
