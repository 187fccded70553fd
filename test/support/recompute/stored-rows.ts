import { type Database } from '../../../src/platform/database/database';
import { type Rows } from './recompute';

/** What the engine has written, under the same names as the recomputation. */
export interface StoredRows {
  rows: Rows;
  /** Ids of the enrollments, by name. */
  ids: Map<string, string>;
}

interface Named {
  campaign: string;
  event: string;
  eventId: string;
  customerId: string;
}

const NAME = `c.key as campaign, e.type as event, e.id as "eventId"`;

/** Reads every enrollment, refusal and message of campaigns. */
export async function readStoredRows(db: Database): Promise<StoredRows> {
  const rows: Rows = new Map();
  const ids = new Map<string, string>();
  const put = (name: string, row: Record<string, unknown>): void => {
    if (rows.has(name)) throw new Error(`${name} was decided twice`);
    rows.set(name, row);
  };
  const enrollments = await db.query<Named & { id: string } & Record<string, unknown>>(
    `select n.id, ${NAME}, n.customer_id as "customerId", n.entered_at as at, n.arm, n.arm_reason as "armReason", n.version,
       n.epoch, n.entry_key as "entryKey", n.trigger_order_id as "orderId", n.attributes, n.status, n.position, n.step,
       n.next_run_at as "nextRunAt", n.due_at as "dueAt", n.exit_reason as "exitReason", n.ended_at as "endedAt",
       n.goal_at as "goalAt"
     from enrollments n join campaigns c on c.id = n.campaign_id left join customer_events e on e.id = n.trigger_event_id`,
  );
  for (const { id, campaign, event, eventId, customerId, ...row } of enrollments) {
    const name = nameOf({ campaign, event, eventId, customerId });
    ids.set(name, id);
    put(name, { outcome: 'enrolled', ...row });
  }
  const refusals = await db.query<Named & Record<string, unknown>>(
    `select ${NAME}, r.customer_id as "customerId", r.at, r.reason, r.detail as values
     from enrollment_refusals r join campaigns c on c.id = r.campaign_id left join customer_events e on e.id = r.event_id`,
  );
  for (const { campaign, event, eventId, customerId, ...row } of refusals) {
    put(nameOf({ campaign, event, eventId, customerId }), { outcome: 'refused', ...row });
  }
  const messages = await db.query<Named & { mail: string } & Record<string, unknown>>(
    `select ${NAME}, n.customer_id as "customerId", m.step as mail, m.status, m.reason, m.basis, m.recipient, m.locale,
       m.due_at as "dueAt", m.queued_at as "queuedAt", m.expires_at as "expiresAt", m.sent_at as "sentAt"
     from messages m left join enrollments n on n.id = m.enrollment_id left join campaigns c on c.id = n.campaign_id
     left join customer_events e on e.id = n.trigger_event_id`,
  );
  for (const { mail, campaign, event, eventId, customerId, ...row } of messages) {
    put(`mail ${mail} of ${nameOf({ campaign, event, eventId, customerId })}`, row);
  }
  return { rows, ids };
}

function nameOf({ campaign, event, eventId, customerId }: Named): string {
  return `${campaign} by ${event} ${eventId} of ${customerId}`;
}
