import { type Sql } from '../../platform/database/database';

export interface CustomerVariablesRow {
  id: string;
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  locale: string | null;
  tags: string[];
  attributes: Record<string, unknown>;
  stage: string | null;
  orders: number | null;
  total_minor: number | null;
  last_at: Date | null;
  points: number | null;
  tier: string | null;
}

/** What mails say of customers: one row each, all by primary key. */
export function customerVariables(ids: readonly string[]): Sql {
  return {
    text: `select c.id, c.first_name, c.last_name, c.email, c.locale, c.tags, c.attributes, s.stage,
             o.count as orders, o.total_minor, o.last_at, l.points, l.tier
           from customers c
           left join customer_stages s on s.customer_id = c.id
           left join customer_orders o on o.customer_id = c.id
           left join customer_loyalty l on l.customer_id = c.id
           where c.id = any($1::uuid[])`,
    values: [ids],
  };
}

export interface LineRow {
  order_id: string;
  product_external_id: string;
  name: string | null;
  category: string | null;
  quantity: string;
  unit_price: string | null;
  url: string | null;
  image_url: string | null;
}

export interface OrderVariablesRow {
  id: string;
  external_id: string;
  placed_at: Date;
  currency: string;
  total_minor: number;
}

export function orderVariables(ids: readonly string[]): Sql {
  return {
    text: `select o.id, o.external_id, o.placed_at, o.currency, o.total_minor from orders o where o.id = any($1::uuid[])`,
    values: [ids],
  };
}

/** Lines with what the catalogue knows of their products; a mail shows a few of them, so an order gives 50 at most. */
export function orderLineVariables(ids: readonly string[]): Sql {
  return {
    text: `select l.order_id, l.product_external_id, coalesce(l.name, p.name) as name,
             coalesce(l.category, p.category) as category, l.quantity, l.unit_price, p.url, p.image_url
           from order_lines l left join products p on p.external_id = l.product_external_id
           where l.order_id = any($1::uuid[]) and l.position < 50
           order by l.order_id, l.position`,
    values: [ids],
  };
}

export interface EventVariablesRow {
  id: string;
  type: string;
  properties: Record<string, unknown>;
  reference: string | null;
}

/**
 * What mails say of events. A cart or checkout is told as it stands now: by the latest event about the same one. Plan:
 * index scan on customer_events_customer, from the event on.
 */
export function eventVariables(ids: readonly string[]): Sql {
  return {
    text: `select e.id, e.type, coalesce(l.properties, e.properties) as properties, e.reference
      from customer_events e
      left join lateral (
        select n.properties from customer_events n
        where e.type in ('cart.updated', 'checkout.started') and n.customer_id = e.customer_id
          and n.occurred_at > e.occurred_at and n.type = e.type
          and n.properties ->> 'externalId' = e.properties ->> 'externalId'
        order by n.occurred_at desc, n.id desc limit 1) l on true
      where e.id = any($1::uuid[])`,
    values: [ids],
  };
}

export interface ProductVariablesRow {
  external_id: string;
  name: string | null;
  category: string | null;
  url: string | null;
  image_url: string | null;
}

export function productVariables(externalIds: readonly string[]): Sql {
  return {
    text: `select p.external_id, p.name, p.category, p.url, p.image_url from products p
           where p.external_id = any($1::text[])`,
    values: [externalIds],
  };
}
