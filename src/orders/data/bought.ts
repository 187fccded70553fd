import { type FactHappening, type HappeningFilter, isPlainText, type SqlReading } from '../../customers/facts';
import { countedUntilSql, everPaidSql } from '../order-sql';

const PARTS = ['product', 'category'] as const;

/** `{ "bought": { "category": "coffee" } }`: counting orders with such a line. */
export const BOUGHT: FactHappening = {
  name: 'bought',
  form: '{ "bought": { "product"?: "SKU", "category"?: "coffee" }, "within"?: "P30D", "atLeast"?: 2 }',
  about:
    'Counting orders, renewals included, that have a line with this product (its external id) and this category, as the ' +
    'order’s line gives them; with neither, any counting order. An order counts once, however many such lines and ' +
    'pieces it has. Its time is `placedAt`. As of the past, an order refunded in full or cancelled ' +
    'counts until then.',
  keys: ['within', 'atLeast'],

  read({ bought }, fault) {
    if (typeof bought !== 'object' || bought === null || Array.isArray(bought)) {
      return fault('bought', 'must be an object with product, category, both or neither');
    }
    const filter: Record<string, string> = {};
    let right = true;
    for (const [name, value] of Object.entries(bought)) {
      if (!(PARTS as readonly string[]).includes(name)) fault(`bought.${name}`, 'is not a known field');
      else if (!isPlainText(value)) fault(`bought.${name}`, 'must be a text of 1 to 1,000 characters');
      else filter[name] = value;
      right &&= filter[name] === value;
    }
    return right ? filter : undefined;
  },

  label: ({ product, category }) =>
    ['bought', ...(product ? [`product ${product}`] : []), ...(category ? [`category ${category}`] : [])].join(' '),

  sql: (filter, reading) => ({
    from: 'orders o',
    where: [reading.history ? everPaidSql('o') : 'o.counting', ...lineSql(filter, reading)].join(' and '),
    customer: 'o.customer_id',
    at: 'o.placed_at',
    ...(reading.history ? { ended: countedUntilSql('o') } : {}),
  }),
};

function lineSql({ product, category }: HappeningFilter, { param }: Pick<SqlReading, 'param'>): string[] {
  const tests = [
    ...(product === undefined ? [] : [`l.product_external_id = ${param(product, 'text')}`]),
    ...(category === undefined ? [] : [`l.category = ${param(category, 'text')}`]),
  ];
  return tests.length === 0
    ? []
    : [`exists (select 1 from order_lines l where l.order_id = o.id and ${tests.join(' and ')})`];
}
