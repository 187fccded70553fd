import { type SuppressionScope } from '../../../src/customers/suppressions';
import { type Database } from '../../../src/platform/database/database';

/** One statement about a field of a customer, as the history keeps it. */
export interface HistoryFact {
  id: number;
  customerId: string;
  field: string;
  /** The version: the event's own time and id. */
  at: Date;
  eventId: string;
  recordedAt: Date;
  value: unknown;
}

/** Something that held for an address from `at` until, perhaps, `liftedAt`, by the times at which it became known. */
export interface AddressFact {
  email: string;
  at: Date;
  liftedAt: Date | null;
  reason: string;
  scope?: SuppressionScope;
}

export interface KnownOrder {
  id: string;
  customerId: string;
  placedAt: Date;
  origin: string;
  totalMinor: number;
  firstCountedAt: Date | null;
  products: string[];
  refunds: Array<{ recordedAt: Date; minor: number }>;
  cancelledAt: Date | null;
}

export interface KnownEvent {
  id: string;
  customerId: string;
  type: string;
  occurredAt: Date;
  handledAt: Date;
  properties: Record<string, unknown>;
  reference: string | null;
  eventId: string | null;
}

/** An answer to a survey. The demo's shoppers alter none. */
export interface KnownAnswer {
  customerId: string;
  survey: string;
  score: number | null;
  choice: string | null;
  at: Date;
}

/** A line of the audit log about a campaign or about the global stop. */
export interface KnownAction {
  at: Date;
  action: string;
  resource: string;
  after: { paused?: boolean } | null;
}

/**
 * What the service has recorded, by when it became known. Nothing in here is a present state: no `customer_stages`, no
 * `customer_orders`, no consent column, and nothing that the engine has decided.
 */
export interface KnownFacts {
  history: HistoryFact[];
  customers: Array<{ id: string; externalId: string | null; recordedAt: Date }>;
  unsubscribes: AddressFact[];
  suppressions: AddressFact[];
  orders: KnownOrder[];
  events: KnownEvent[];
  answers: KnownAnswer[];
  actions: KnownAction[];
  lifecycle: Array<{ at: Date; thresholdDays: number; repeatMinOrders: number }>;
}

/** Reads them all. */
export async function readKnownFacts(db: Database): Promise<KnownFacts> {
  const refunds = await db.query<{ orderId: string; recordedAt: Date; minor: number }>(
    `select order_id as "orderId", recorded_at as "recordedAt", amount_minor as minor from refunds where order_id is not null`,
  );
  const cancels = await db.query<{ orderId: string; at: Date }>(
    `select reference as "orderId", min(recorded_at) as at from customer_events where type = 'order.cancelled' group by 1`,
  );
  const cancelledAt = new Map(cancels.map((row) => [row.orderId, row.at]));
  const orders = await db.query<Omit<KnownOrder, 'refunds' | 'cancelledAt'>>(
    `select o.id, o.customer_id as "customerId", o.placed_at as "placedAt", o.origin, o.total_minor as "totalMinor",
       o.first_counted_at as "firstCountedAt",
       array(select l.product_external_id from order_lines l where l.order_id = o.id order by l.position) as products
     from orders o order by o.placed_at, o.id`,
  );
  return {
    history: await db.query<HistoryFact>(
      `select id, customer_id as "customerId", field, at, event_id as "eventId", recorded_at as "recordedAt", value
       from customer_history where value->>'by' is distinct from 'person' order by id`,
    ),
    customers: await db.query(`select id, external_id as "externalId", recorded_at as "recordedAt" from customers`),
    unsubscribes: await db.query<AddressFact>(
      `select email, at, lift_recorded_at as "liftedAt", 'unsubscribed' as reason from address_optouts`,
    ),
    suppressions: await db.query<AddressFact>(
      `select address as email, at, null::timestamptz as "liftedAt", reason, scope from suppressions
       union all select address, at, lifted_at, reason, scope from lifted_suppressions`,
    ),
    orders: orders.map((order) => ({
      ...order,
      refunds: refunds.filter((refund) => refund.orderId === order.id),
      cancelledAt: cancelledAt.get(order.id) ?? null,
    })),
    events: await db.query<KnownEvent>(
      `select id, customer_id as "customerId", type, occurred_at as "occurredAt", handled_at as "handledAt", properties,
         reference, event_id as "eventId"
       from customer_events where starts order by occurred_at, type, event_id, id`,
    ),
    answers: await db.query<KnownAnswer>(
      `select r.customer_id as "customerId", s.key as survey, r.score::float8 as score, r.choice, r.answered_at as at
       from survey_responses r join surveys s on s.id = r.survey_id order by r.answered_at, r.id`,
    ),
    actions: await db.query<KnownAction>(
      `select at, action, resource, after from audit_log
       where action in ('campaign.activate', 'campaign.pause', 'campaign.resume', 'campaign.archive', 'settings.sending')
       order by at, id`,
    ),
    lifecycle: await db.query(
      `select at, effective_days as "thresholdDays", repeat_min_orders as "repeatMinOrders"
       from lifecycle_settings order by id`,
    ),
  };
}
