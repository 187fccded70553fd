import { consentViewSql, suppressionViewSql } from '../../customers/customer.sql-fragments';
import { fromMinor } from '../../kernel/money';
import { type CustomerView } from '../profiles.types';

/** A customer with what the modules upstream know of it. */
export interface CustomerRow extends Omit<CustomerView, 'orders' | 'createdAt' | 'deletedAt' | 'erasedAt'> {
  orderCount: number;
  orderTotal: number;
  firstOrderAt: Date | null;
  lastOrderAt: Date | null;
  createdAt: Date;
  deletedAt: Date | null;
  erasedAt: Date | null;
}

/** `select` and `from` of customers `c` as the API shows them. */
export const SELECT_CUSTOMERS = `
  select c.id, c.external_id as "externalId", c.email, c.first_name as "firstName", c.last_name as "lastName", c.locale,
    c.timezone, c.attributes, c.tags, ${consentViewSql('c')} as consent,
    coalesce(cs.stage, 'prospect') as stage, coalesce(cl.points, 0) as points, cl.tier, coalesce(co.count, 0) as "orderCount",
    coalesce(co.total_minor, 0) as "orderTotal", co.first_at as "firstOrderAt", co.last_at as "lastOrderAt",
    ${suppressionViewSql('c')} as suppressed, c.created_at as "createdAt", c.deleted_at as "deletedAt",
    c.erased_at as "erasedAt"
  from customers c
  left join customer_orders co on co.customer_id = c.id
  left join customer_stages cs on cs.customer_id = c.id
  left join customer_loyalty cl on cl.customer_id = c.id`;

/** Instants inside jsonb come as text of Postgres; the API writes them as everywhere. */
const iso = (at: string | null): string | null => (at === null ? null : new Date(at).toISOString());

export function customerView(row: CustomerRow, storeCurrency: string): CustomerView {
  const { orderCount, orderTotal, firstOrderAt, lastOrderAt, suppressed, createdAt, deletedAt, erasedAt, ...rest } =
    row;
  return {
    ...rest,
    consent: { ...row.consent, at: iso(row.consent.at) },
    orders: {
      count: orderCount,
      total: fromMinor(orderTotal, storeCurrency),
      firstAt: firstOrderAt?.toISOString() ?? null,
      lastAt: lastOrderAt?.toISOString() ?? null,
    },
    suppressed: suppressed && { ...suppressed, at: new Date(suppressed.at).toISOString() },
    createdAt: createdAt.toISOString(),
    ...(deletedAt ? { deletedAt: deletedAt.toISOString() } : {}),
    ...(erasedAt ? { erasedAt: erasedAt.toISOString() } : {}),
  };
}
