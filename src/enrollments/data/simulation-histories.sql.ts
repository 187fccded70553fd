import { unpaidSinceSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';

/**
 * What a simulation reads of a page of customers: each statement takes the page's ids and is answered by an index that
 * begins with them. Instants come as whole milliseconds since the epoch: reading a number costs a tenth of a timestamp.
 */
const ms = (column: string): string => `round(date_part('epoch', ${column}) * 1000)::float8`;

export interface CustomerRow {
  id: string;
  createdAt: number;
  recordedAt: number;
}

/** Customers by pages, in the order of their ids. Erased ones have no past any more. */
export function customerPage(after: string | null, limit: number): Sql {
  return {
    text: `select id, ${ms('created_at')} as "createdAt", ${ms('recorded_at')} as "recordedAt" from customers
      where ($1::uuid is null or id > $1::uuid) and erased_at is null order by id limit $2`,
    values: [after, limit],
  };
}

/** How many there are, about: for the progress. */
export function customerCount(): Sql {
  return { text: 'select count(*) as n from customers where erased_at is null' };
}

export interface FieldRow {
  customerId: string;
  field: string;
  at: number;
  recordedAt: number;
  eventId: string | null;
  value: unknown;
}

/** What was said about the fields that decide whether somebody is mailed. Plan: customer_history_fact and the key of first words. */
export function fieldHistory(customerIds: readonly string[]): Sql {
  return {
    text: `select customer_id as "customerId", field, ${ms('at')} as at, ${ms('recorded_at')} as "recordedAt",
        event_id as "eventId", value
      from customer_history
      where customer_id = any($1::uuid[]) and (field in ('email', 'timezone', 'deleted', 'consent') or field like 'wishes.%')
        and value ->> 'by' is distinct from 'person' order by id`,
    values: [customerIds],
  };
}

/** Others who have one of these addresses now, and have ever been unsubscribed: it holds for the address. */
export function otherHolders(emails: readonly string[], except: readonly string[]): Sql {
  return {
    text: `select c.id from customers c cross join lateral (
        select from customer_history h where h.customer_id = c.id and h.field = 'consent'
          and h.value ->> 'status' = 'unsubscribed' limit 1) was
      where c.email = any($1::text[]) and c.id <> all($2::uuid[])`,
    values: [emails, except],
  };
}

export interface AddressRow {
  kind: 'optout' | 'suppression';
  email: string;
  at: number;
  liftedAt: number | null;
  reason: string;
  scope: 'all' | 'marketing';
}

/** Unsubscribes and suppressions of addresses, with those that were lifted. */
export function addressFacts(emails: readonly string[]): Sql {
  return {
    text: `select 'optout' as kind, email, ${ms('at')} as at, ${ms('lift_recorded_at')} as "liftedAt",
        'unsubscribed' as reason, 'all' as scope
      from address_optouts where email = any($1::text[])
      union all
      select 'suppression', address, ${ms('at')}, null, reason, scope from suppressions
      where address = any($1::text[])
      union all
      select 'suppression', address, ${ms('at')}, ${ms('lifted_at')}, reason, scope from lifted_suppressions
      where address = any($1::text[])`,
    values: [emails],
  };
}

export interface OrderRow {
  id: string;
  externalId: string;
  customerId: string;
  placedAt: number;
  countedAt: number | null;
  /** When it was cancelled, by the shop's word; null: it is paid. */
  unpaidSince: number | null;
  recordedAt: number;
  origin: string;
  totalMinor: number;
  silent: boolean;
  /** When refunds became known and what they took, in minor units. */
  refunds: Array<{ at: number; recordedAt: number; minor: number }> | null;
}

/** Orders that have counted at some time, with their refunds. Plan: orders_customer, refunds_order. */
export function orderHistory(customerIds: readonly string[]): Sql {
  return {
    text: `select o.id, o.external_id as "externalId", o.customer_id as "customerId", ${ms('o.placed_at')} as "placedAt",
        ${ms('o.first_counted_at')} as "countedAt", ${ms(unpaidSinceSql('o'))} as "unpaidSince",
        ${ms('o.recorded_at')} as "recordedAt", o.origin, o.total_minor as "totalMinor", o.silent, r.refunds
      from orders o left join lateral (
        select jsonb_agg(jsonb_build_object('at', ${ms('r.at')}, 'recordedAt', ${ms('r.recorded_at')},
          'minor', r.amount_minor)) as refunds
        from refunds r where r.order_id = o.id and o.refunded_minor > 0) r on true
      where o.customer_id = any($1::uuid[]) and (o.first_counted_at is not null or o.counting)
      order by o.placed_at, o.id`,
    values: [customerIds],
  };
}

export interface EventRow {
  id: string;
  customerId: string;
  type: string;
  occurredAt: number;
  recordedAt: number;
  properties: Record<string, unknown>;
  reference: string | null;
  eventId: string | null;
  starts: boolean;
}

/** The customers' log, of the types that matter. Plan: customer_events_customer. */
export function eventHistory(customerIds: readonly string[], types: readonly string[], since: Date): Sql {
  return {
    text: `select id, customer_id as "customerId", type, ${ms('occurred_at')} as "occurredAt",
        ${ms('recorded_at')} as "recordedAt", properties, reference, event_id as "eventId", starts
      from customer_events
      where customer_id = any($1::uuid[]) and type = any($2::text[])
        and (occurred_at >= $3 or recorded_at >= $3 or type = 'order.cancelled')`,
    values: [customerIds, types, since],
  };
}

export interface EntryRow {
  campaignId: string;
  customerId: string;
  arm: 'treatment' | 'holdout';
  entryKey: string;
  enteredAt: number;
  endedAt: number | null;
}

/** The enrollments of customers up to an instant, oldest first. Plan: enrollments_customer. */
export function entriesBefore(customerIds: readonly string[], campaignIds: readonly string[], before: Date): Sql {
  return {
    text: `select campaign_id as "campaignId", customer_id as "customerId", arm, entry_key as "entryKey",
        ${ms('entered_at')} as "enteredAt", ${ms('ended_at')} as "endedAt"
      from enrollments where customer_id = any($1::uuid[]) and campaign_id = any($2::uuid[]) and entered_at < $3
      order by entered_at, id`,
    values: [customerIds, campaignIds, before],
  };
}

export interface ContactRow {
  customerId: string;
  at: number;
  campaignId: string;
  step: string;
  priority: number;
  /** Of an enrollment from before the period. */
  before: boolean;
}

/** The contact ledger of customers. Plan: contacts_customer, then enrollments_pkey. */
export function contactHistory(customerIds: readonly string[], from: Date): Sql {
  return {
    text: `select n.customer_id as "customerId", ${ms('n.at')} as at, n.campaign_id as "campaignId", n.step, c.priority,
        coalesce(e.entered_at < $2, false) as before
      from contacts n join campaigns c on c.id = n.campaign_id left join enrollments e on e.id = n.enrollment_id
      where n.customer_id = any($1::uuid[]) and n.state <> 'released' order by n.at, n.id`,
    values: [customerIds, from],
  };
}

/** The topics that are off for who has said nothing, as set now. */
export function topicsOffByDefault(): Sql {
  return { text: `select jsonb_array_elements_text(value) as topic from settings where key = 'off-by-default'` };
}

/** The lifecycle settings, oldest first. */
export function lifecycleRules(): Sql {
  return {
    text: `select ${ms('at')} as since, effective_days as "thresholdDays", repeat_min_orders as "repeatMinOrders"
      from lifecycle_settings order by id`,
  };
}
