import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../../orders/order-sql';
import { type Sql } from '../../../platform/database/database';
import { MARKS } from '../domain/history-body';

/**
 * One row with the `body` (bytea, null for nobody) of the counting orders of some customers, by the refunds up to `asOf`; an
 * order counts whenever it was placed. `whose` is a condition on `o.customer_id` with the values from $2. Plan: orders by
 * customer; a probe of refunds and lines for each.
 */
function packedSql(whose: string): string {
  return `
      with counting as materialized (
        select o.id, o.customer_id, o.placed_at, ${netStoreMinorSql('o', 'refund.refunded_minor')} as net,
          o.origin = 'renewal' as renewal, row_number() over (partition by o.customer_id order by o.placed_at, o.id) as nth
        from orders o ${refundedAsOfSql('o', '$1')}
        where ${whose} and ${countsAsOfSql('o', `greatest($1::timestamptz, o.placed_at)`)}
      ), first_bought as (
        select c.id, c.nth, min(c.nth) over (partition by c.customer_id, l.product_external_id) = c.nth as product,
          min(c.nth) over (partition by c.customer_id, coalesce(l.category, '')) = c.nth as category
        from counting c join order_lines l on l.order_id = c.id
      ), fresh as (
        select id, bool_or(product) as product, bool_or(category) as category from first_bought where nth > 1 group by id
      ), histories as (
        select c.customer_id, count(*) as orders,
          string_agg(timestamptz_send(c.placed_at) || int8send(coalesce(c.net, 0)) || int2send((
            case when c.renewal then ${MARKS.renewal} else 0 end + case when c.net is null then ${MARKS.otherCurrency} else 0 end
            + case when f.product then ${MARKS.newProduct} else 0 end
            + case when f.category then ${MARKS.newCategory} else 0 end)::int2), ''::bytea order by c.nth) as orders_body
        from counting c left join fresh f on f.id = c.id group by c.customer_id
      )
      select string_agg(uuid_send(customer_id) || int4send(orders::int) || orders_body, ''::bytea order by customer_id) as body
      from histories`;
}

/** The histories of these customers. */
export function historiesOf(customerIds: readonly string[], asOf: Date): Sql {
  return { text: packedSql('o.customer_id = any($2::uuid[])'), values: [asOf, customerIds] };
}

/** The histories of the customers after one (null: from the beginning) up to another (null: to the end). */
export function historiesBetween(after: string | null, upto: string | null, asOf: Date): Sql {
  return {
    text: packedSql(
      `o.customer_id is not null and o.customer_id > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
        and o.customer_id <= coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')`,
    ),
    values: [asOf, after, upto],
  };
}

/** The customer so many places after one; no row when there are fewer. */
export function customerAfter(after: string | null, places: number): Sql {
  return {
    text: `select id from customers where $1::uuid is null or id > $1 order by id offset $2 limit 1`,
    values: [after, places - 1],
  };
}

/**
 * Whose kept history is not what it would be as of `asOf`, at most `limit`: those whose orders changed since, and those to
 * whom something was refunded after `asOf`.
 */
export function changedCustomers(asOf: Date, limit: number): Sql {
  return {
    text: `
      select distinct customer_id as id from (
        select customer_id from order_history_changes
        union all
        select o.customer_id from refunds r join orders o on o.id = r.order_id
        where r.at > $1 and o.customer_id is not null) changed
      limit $2`,
    values: [asOf, limit],
  };
}

/** All that is kept, customers ascending. */
export const KEPT = 'select body from order_histories order by from_customer';

/** Whether at least so many changes wait. */
export function manyChanges(changes: number): Sql {
  return {
    text: `select exists (select from order_history_changes offset $1 limit 1) as many`,
    values: [changes - 1],
  };
}

/** The next customers whose changes wait, in the order of their ids. */
export function waitingCustomers(limit: number): Sql {
  return {
    text: `select distinct customer_id as id from order_history_changes order by customer_id limit $1`,
    values: [limit],
  };
}

/** Where the parts of what is kept begin, ascending. */
export const KEPT_STARTS = 'select from_customer as id from order_histories order by from_customer';

/** The part that begins with that customer. */
export function keptFrom(fromCustomer: string): Sql {
  return { text: 'select body from order_histories where from_customer = $1', values: [fromCustomer] };
}

export function dropKept(fromCustomer: string): Sql {
  return { text: 'delete from order_histories where from_customer = $1', values: [fromCustomer] };
}

export function keep(fromCustomer: string, customers: number, body: Buffer): Sql {
  return {
    text: 'insert into order_histories (from_customer, customers, body) values ($1, $2, $3)',
    values: [fromCustomer, customers, body],
  };
}

/** Those of whom the changes are in. Changes that were made since are not seen by the transaction and stay. */
export function takeOffChanges(customerIds: readonly string[]): Sql {
  return { text: 'delete from order_history_changes where customer_id = any($1::uuid[])', values: [customerIds] };
}

/** Everybody's group: the names, and `members` as 16 bytes of a customer and 4 of a place among the names, by customer. */
export function packedGroups(who: string, values: readonly unknown[]): Sql {
  return {
    text: `
      with who as materialized (${who}),
      names as materialized (select grp, (row_number() over (order by grp) - 1)::int as place from (
        select distinct grp from who where grp is not null) n)
      select (select coalesce(array_agg(grp order by place), '{}') from names) as names,
        (select string_agg(uuid_send(w.customer_id) || int4send(n.place), ''::bytea order by w.customer_id, n.place)
          from who w join names n on n.grp = w.grp) as members`,
    values,
  };
}
