import { stringify } from 'csv-stringify/sync';
import { basket, type DemoProduct } from './domain/assortment';
import { type Shopper } from './domain/people';
import { seededBy } from './domain/random';

/** An order of the demo's shop, as a webhook carries it. */
export interface DemoOrder {
  externalId: string;
  customer: { externalId: string; email: string };
  placedAt: string;
  currency: 'EUR';
  total: string;
  status: 'paid';
  /** Coupons and codes of friends. */
  couponCodes?: string[];
  discount?: string;
  lines: Array<{ productExternalId: string; name: string; category: string; quantity: number; unitPrice: string }>;
}

/** Codes that an order carries, and the share that they take off. */
export interface Codes {
  codes: readonly string[];
  off: number;
}

/** What a shopper buys at an instant: a basket drawn for this order and no other. */
export function orderOf(
  seed: number,
  shopper: Shopper,
  externalId: string,
  placedAt: Date,
  { codes, off }: Codes = { codes: [], off: 0 },
): DemoOrder {
  const products = basket(seededBy(seed, externalId));
  const cents = products.reduce((sum, product) => sum + Math.round(Number(product.price) * 100), 0);
  return {
    externalId,
    customer: { externalId: shopper.externalId, email: shopper.email },
    placedAt: placedAt.toISOString(),
    currency: 'EUR',
    total: ((cents - Math.round(cents * off)) / 100).toFixed(2),
    status: 'paid',
    ...(codes.length > 0 ? { couponCodes: [...codes], discount: (Math.round(cents * off) / 100).toFixed(2) } : {}),
    lines: products.map((product) => ({
      productExternalId: product.externalId,
      name: product.name,
      category: product.category,
      quantity: 1,
      unitPrice: product.price,
    })),
  };
}

/** The shop's products with their pages and pictures on the demo's shop front. */
export function productData(product: DemoProduct, shopUrl: string): object {
  const { externalId, name, category, price } = product;
  return {
    externalId,
    name,
    category,
    price,
    url: `${shopUrl}/products/${externalId}`,
    imageUrl: `${shopUrl}/pictures/${externalId}.svg`,
    active: true,
  };
}

/** The customers that the shop already has, as an import file. */
export function customersCsv(shoppers: readonly Shopper[]): string {
  return stringify(
    shoppers.map((shopper) => ({
      externalId: shopper.externalId,
      email: shopper.email,
      firstName: shopper.firstName,
      lastName: shopper.lastName,
      locale: shopper.locale,
      timezone: shopper.timezone,
      createdAt: shopper.signedUpAt.toISOString(),
      consent: shopper.consents ? 'subscribed' : 'none',
      consentAt: shopper.consents ? shopper.signedUpAt.toISOString() : '',
      consentSource: shopper.consents ? 'checkout' : '',
    })),
    { header: true },
  );
}

/** Their orders before the demo begins, one row a line. */
export function ordersCsv(orders: readonly DemoOrder[]): string {
  const rows = orders.flatMap((order) =>
    order.lines.map((line) => ({
      orderExternalId: order.externalId,
      customerExternalId: order.customer.externalId,
      email: order.customer.email,
      placedAt: order.placedAt,
      currency: order.currency,
      total: order.total,
      productExternalId: line.productExternalId,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
    })),
  );
  return stringify(rows, { header: true });
}
