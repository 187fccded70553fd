import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { Database, type Tx } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { notifyDue } from '../platform/jobs/notify';
import { insertDeliveries, insertEvents } from './data/outbox.sql';
import { PING } from './domain/event-types';
import { type Envelope } from './domain/envelope';
import { WebhookEndpoints } from './endpoints.service';
import { type DeliveryStatus, type DeliveryView } from './webhooks.types';

type Row = { [K in keyof DeliveryView]: K extends `${string}At` ? Date | null : DeliveryView[K] };

const COLUMNS = `d.id, d.event_id as "eventId", d.type, d.status, d.attempts, d.created_at as "createdAt",
  d.next_try_at as "nextTryAt", d.last_at as "lastAt", d.last_status as "lastStatus", d.last_answer as "lastAnswer",
  d.last_error as "lastError", d.finished_at as "finishedAt"`;

/** Deliveries that one request may put back in the queue. */
const MOST_REPLAYED = 50_000;

export interface DeliveryQuery extends PageQuery {
  status?: DeliveryStatus;
  type?: string;
}

/** What became of the events that were told to an endpoint, and telling them again. */
@Injectable()
export class DeliveryLog {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly endpoints: WebhookEndpoints,
    private readonly audit: AuditLog,
  ) {}

  /** The deliveries of an endpoint, newest first. @throws Refusal 404. */
  async list(endpointId: string, { limit, cursor, status, type }: DeliveryQuery): Promise<Page<DeliveryView>> {
    await this.endpoints.get(endpointId);
    const before = cursor === undefined ? null : (decodeCursor(cursor, 1)[0] ?? null);
    const rows = await this.database.query<Row>(
      `select ${COLUMNS} from webhook_deliveries d
       where d.endpoint_id = $1 and ($2::uuid is null or d.id < $2) and ($3::text is null or d.status = $3)
         and ($4::text is null or d.type = $4)
       order by d.id desc limit $5`,
      [endpointId, before, status ?? null, type ?? null, limit + 1],
    );
    return pageOf(rows, limit, view, (row) => [row.id]);
  }

  /** One delivery with what it tells; `event` is null where the person was erased. @throws Refusal 404. */
  async get(endpointId: string, id: string): Promise<DeliveryView & { event: Envelope | null }> {
    const [row] = await this.database.query<Row & { body: string | null }>(
      `select ${COLUMNS}, v.body from webhook_deliveries d left join webhook_events v on v.id = d.event_id
       where d.endpoint_id = $1 and d.id = $2`,
      [endpointId, id],
    );
    if (!row) throw Refusal.notFound(`The delivery ${id}`);
    const { body, ...rest } = row;
    return { ...view(rest), event: body === null ? null : (JSON.parse(body) as Envelope) };
  }

  /** Sends a `ping` to an endpoint, by the same way as everything else. @throws Refusal 404, 409 while it is off. */
  async ping(endpointId: string): Promise<DeliveryView> {
    const now = this.clock.now();
    const id = newId(now);
    await this.database.transaction(async (tx) => {
      await this.requireEnabled(tx, endpointId);
      const eventId = newId(now);
      const ping: Envelope = { id: eventId, type: PING, timestamp: now.toISOString(), data: { endpointId } };
      await tx.execute(insertEvents([{ id: eventId, type: PING, customerId: null, body: JSON.stringify(ping) }], now));
      await tx.execute(insertDeliveries([{ id, endpointId, eventId, type: PING, status: 'queued' }], now));
      await this.audit.record(tx, { action: 'webhook_endpoint.test', resource: `webhook_endpoint:${endpointId}` });
      await notifyDue(tx);
    });
    return this.get(endpointId, id);
  }

  /**
   * Tells one event once more, with its id and a schedule of its own. @throws Refusal 404; 409 while the endpoint is off,
   * for one that is under way, and where the person was erased.
   */
  async replay(endpointId: string, id: string): Promise<DeliveryView> {
    await this.database.transaction(async (tx) => {
      await this.requireEnabled(tx, endpointId);
      const { status, event } = await this.get(endpointId, id);
      if (event === null) throw Refusal.conflict('The customer was erased; there is nothing to tell any more.');
      const changed = await tx.execute(
        `update webhook_deliveries set status = 'queued', next_try_at = $3, attempts = 0, finished_at = null
         where id = $1 and endpoint_id = $2 and status <> 'queued'`,
        [id, endpointId, this.clock.now()],
      );
      if (changed === 0) throw Refusal.conflict('It is on its way.');
      await this.audit.record(tx, {
        action: 'webhook_endpoint.replay',
        resource: `webhook_endpoint:${endpointId}`,
        before: { delivery: id, status },
        after: { delivery: id, status: 'queued' },
      });
      await notifyDue(tx);
    });
    return this.get(endpointId, id);
  }

  /**
   * Tells everything again that has happened since an instant and was not delivered: failed, or missed while the endpoint
   * was off. The oldest first, a bounded number; `more` says that there is more to replay.
   *
   * @throws Refusal 404, 409 while it is off.
   */
  async replaySince(endpointId: string, since: Date): Promise<{ queued: number; more: boolean }> {
    return this.database.transaction(async (tx) => {
      await this.requireEnabled(tx, endpointId);
      const queued = await tx.execute(
        `update webhook_deliveries set status = 'queued', next_try_at = $3, attempts = 0, finished_at = null
         where id in (
           select d.id from webhook_deliveries d join webhook_events v on v.id = d.event_id
           where d.endpoint_id = $1 and d.created_at >= $2 and d.status in ('failed', 'missed') and v.body is not null
           order by d.created_at, d.id limit $4)`,
        [endpointId, since, this.clock.now(), MOST_REPLAYED],
      );
      await this.audit.record(tx, {
        action: 'webhook_endpoint.replay',
        resource: `webhook_endpoint:${endpointId}`,
        after: { since: since.toISOString(), queued },
      });
      if (queued > 0) await notifyDue(tx);
      return { queued, more: queued === MOST_REPLAYED };
    });
  }

  private async requireEnabled(tx: Tx, endpointId: string): Promise<void> {
    const { enabled } = await this.endpoints.lock(tx, endpointId);
    if (!enabled) throw Refusal.conflict('The endpoint is switched off; switch it on first.');
  }
}

function view(row: Row): DeliveryView {
  const at = (instant: Date | null): string | null => instant?.toISOString() ?? null;
  return {
    ...row,
    createdAt: at(row.createdAt) ?? '',
    nextTryAt: at(row.nextTryAt),
    lastAt: at(row.lastAt),
    finishedAt: at(row.finishedAt),
  };
}
