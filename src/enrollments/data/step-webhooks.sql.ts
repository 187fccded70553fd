import { type Sql } from '../../platform/database/database';
import { type WebhookCustomer } from '../domain/webhook-body';

export interface WebhookCustomerRow extends Omit<WebhookCustomer, 'orders'> {
  count: number | null;
  firstAt: Date | null;
  lastAt: Date | null;
}

/** What a receiver is told of customers: one row each, by primary keys. */
export function webhookCustomers(ids: readonly string[]): Sql {
  return {
    text: `select c.id, c.external_id as "externalId", c.email, c.first_name as "firstName", c.last_name as "lastName",
        c.locale, c.timezone, c.tags, c.attributes, s.stage, o.count, o.first_at as "firstAt", o.last_at as "lastAt"
      from customers c
      left join customer_stages s on s.customer_id = c.id
      left join customer_orders o on o.customer_id = c.id
      where c.id = any($1::uuid[])`,
    values: [ids],
  };
}

export interface StepWebhookRow {
  id: string;
  enrollmentId: string;
  campaignId: string;
  customerId: string;
  step: string;
  url: string;
  host: string;
  body: string;
}

/** Queues them; a step that was queued before (its transaction is tried again) stays as it was. */
export function insertStepWebhooks(rows: readonly StepWebhookRow[], now: Date): Sql {
  return {
    text: `insert into step_webhooks (id, enrollment_id, campaign_id, customer_id, step, url, host, body, status,
        created_at, next_try_at)
      select u.id, u.enrollment_id, u.campaign_id, u.customer_id, u.step, u.url, u.host, u.body, 'queued', $9, $9
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[])
        as u (id, enrollment_id, campaign_id, customer_id, step, url, host, body)
      on conflict (enrollment_id, step) do nothing`,
    values: [
      rows.map((row) => row.id),
      rows.map((row) => row.enrollmentId),
      rows.map((row) => row.campaignId),
      rows.map((row) => row.customerId),
      rows.map((row) => row.step),
      rows.map((row) => row.url),
      rows.map((row) => row.host),
      rows.map((row) => row.body),
      now,
    ],
  };
}

export interface ClaimedWebhook {
  id: string;
  url: string;
  body: string;
  attempts: number;
}

const FREE = `(lease_until is null or lease_until < clock_timestamp())`;

/**
 * Claims what is due for `leaseSeconds`, at most `perHost` of one receiver: one that is slow does not hold up the others.
 * Plan: index scan on step_webhooks_due, 500 rows at the most.
 */
export function claimWebhooks(now: Date, limit: number, perHost: number, token: string, leaseSeconds: number): Sql {
  return {
    text: `with due as (
        select id, next_try_at, row_number() over (partition by host order by next_try_at, id) as place from (
          select id, host, next_try_at from step_webhooks
          where status = 'queued' and next_try_at <= $1 and ${FREE} order by next_try_at, id limit 500) first),
      picked as (
        select w.id from step_webhooks w join due on due.id = w.id
        where due.place <= $3 and w.status = 'queued' and w.next_try_at <= $1 and ${FREE.replaceAll('lease', 'w.lease')}
        order by due.next_try_at, w.id limit $2 for update of w skip locked)
      update step_webhooks w set claim_token = $4, lease_until = clock_timestamp() + make_interval(secs => $5)
      from picked where w.id = picked.id returning w.id, w.url, w.body, w.attempts`,
    values: [now, limit, perHost, token, leaseSeconds],
  };
}

export interface TriedWebhook {
  id: string;
  status: 'queued' | 'delivered' | 'failed';
  nextTryAt: Date | null;
  lastStatus: number | null;
  lastAnswer: string | null;
  lastError: string | null;
}

/** Writes what became of a claim; one whose lease somebody else has taken over is not touched. */
export function recordTries(rows: readonly TriedWebhook[], token: string, now: Date): Sql {
  return {
    text: `update step_webhooks w set status = u.status, next_try_at = u.next_try_at, attempts = w.attempts + 1,
        last_at = $8, last_status = u.last_status, last_answer = u.last_answer, last_error = u.last_error,
        finished_at = case when u.status <> 'queued' then $8::timestamptz end, claim_token = null, lease_until = null
      from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::int[], $5::text[], $6::text[])
        as u (id, status, next_try_at, last_status, last_answer, last_error)
      where w.id = u.id and w.claim_token = $7 and w.status = 'queued'`,
    values: [
      rows.map((row) => row.id),
      rows.map((row) => row.status),
      rows.map((row) => row.nextTryAt),
      rows.map((row) => row.lastStatus),
      rows.map((row) => row.lastAnswer),
      rows.map((row) => row.lastError),
      token,
      now,
    ],
  };
}
