import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { newId } from '../kernel/ids';
import { type Queryable, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { insertStepWebhooks, webhookCustomers, type WebhookCustomerRow } from './data/step-webhooks.sql';
import { type WebhookBody, type WebhookCustomer, type WebhookEvent } from './domain/webhook-body';

/** A webhook step that an enrollment has come to. */
export interface StepWebhook {
  enrollmentId: string;
  campaignId: string;
  customerId: string;
  /** The path of the step. */
  step: string;
  url: string;
  /** When the step was due. */
  dueAt: Date;
  triggerEventId: string | null;
  triggerOrderId: string | null;
}

/** What the bodies say of campaigns, people and triggers. */
interface Told {
  campaigns: Map<string, WebhookBody['campaign']>;
  customers: Map<string, WebhookCustomer>;
  events: Map<string, WebhookEvent>;
  orders: Map<string, { id: string; externalId: string }>;
}

/** Queues the calls of webhook steps in the transaction in which the enrollments move on. */
@Injectable()
export class StepWebhooks {
  constructor(private readonly clock: Clock) {}

  /** One call per enrollment and step, whatever is tried again. Customers who do not exist (any more) get none. */
  async enqueue(tx: Tx, steps: readonly StepWebhook[]): Promise<void> {
    if (steps.length === 0) return;
    const now = this.clock.now();
    const told = await load(tx, steps);
    const rows = steps.flatMap((step) => {
      const id = newId(now);
      const body = bodyOf(id, step, told);
      const { enrollmentId, campaignId, customerId, url } = step;
      if (!body) return [];
      const host = new URL(url).host;
      return [{ id, enrollmentId, campaignId, customerId, step: step.step, url, host, body: JSON.stringify(body) }];
    });
    if (rows.length === 0) return;
    await tx.execute(insertStepWebhooks(rows, now));
    await notifyDue(tx);
  }
}

function bodyOf(id: string, step: StepWebhook, told: Told): WebhookBody | undefined {
  const campaign = told.campaigns.get(step.campaignId);
  const customer = told.customers.get(step.customerId);
  if (!campaign || !customer) return undefined;
  return {
    type: 'campaign.step',
    id,
    at: step.dueAt.toISOString(),
    campaign,
    step: step.step,
    enrollmentId: step.enrollmentId,
    customer,
    trigger: {
      event: (step.triggerEventId !== null && told.events.get(step.triggerEventId)) || null,
      order: (step.triggerOrderId !== null && told.orders.get(step.triggerOrderId)) || null,
    },
  };
}

/** A statement per kind of thing, whatever the number of steps. */
async function load(db: Queryable, steps: readonly StepWebhook[]): Promise<Told> {
  const campaigns = await db.query<WebhookBody['campaign']>(
    'select id, key, name from campaigns where id = any($1::uuid[])',
    [distinct(steps.map((step) => step.campaignId))],
  );
  const customers = await db.query<WebhookCustomerRow>(
    webhookCustomers(distinct(steps.map((step) => step.customerId))),
  );
  const events = await db.query<Omit<WebhookEvent, 'occurredAt'> & { at: Date }>(
    'select id, type, occurred_at as at, properties from customer_events where id = any($1::uuid[])',
    [distinct(steps.map((step) => step.triggerEventId))],
  );
  const orders = await db.query<{ id: string; externalId: string }>(
    'select id, external_id as "externalId" from orders where id = any($1::uuid[])',
    [distinct(steps.map((step) => step.triggerOrderId))],
  );
  return {
    campaigns: new Map(campaigns.map((row) => [row.id, row])),
    customers: new Map(customers.map((row) => [row.id, customerOf(row)])),
    events: new Map(
      events.map(({ id, type, at, properties }) => [id, { id, type, occurredAt: at.toISOString(), properties }]),
    ),
    orders: new Map(orders.map((row) => [row.id, row])),
  };
}

function customerOf({ count, firstAt, lastAt, ...rest }: WebhookCustomerRow): WebhookCustomer {
  const at = (instant: Date | null): string | null => instant?.toISOString() ?? null;
  return { ...rest, orders: { count: count ?? 0, firstAt: at(firstAt), lastAt: at(lastAt) } };
}

function distinct(ids: ReadonlyArray<string | null>): string[] {
  return [...new Set(ids.filter((id): id is string => id !== null))];
}
