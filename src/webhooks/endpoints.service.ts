import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { AppConfig } from '../platform/config/config';
import { Database, type Tx } from '../platform/database/database';
import { receiverFault } from '../platform/outbox/receiver-address';
import { isSigningSecret, newSigningSecret, SECRET_OVERLAP_MS } from '../platform/outbox/signing-secret';
import { type EndpointRow, endpointRows, endpointView } from './data/endpoint-rows';
import { type EndpointContent, endpointFaults } from './domain/check-endpoint';
import { EndpointSwitch } from './endpoint-switch';
import { EventCapture } from './event-capture';
import { type EndpointView } from './webhooks.types';

/** Endpoints of one installation: every one of them may have calls under way at the same time. */
export const MOST_ENDPOINTS = 50;
/** How long an answer waits for transactions that began before the endpoint was known. */
const LONGEST_WAIT_MS = 5_000;

export interface NewEndpoint extends EndpointContent {
  secret?: string | undefined;
}

export type EndpointChange = Partial<EndpointContent>;

/** Who is told of our events. Secrets are told when they are made and never again; never logged, never audited. */
@Injectable()
export class WebhookEndpoints {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly audit: AuditLog,
    private readonly endpoints: EndpointSwitch,
    private readonly capture: EventCapture,
  ) {}

  /** All endpoints, newest first. */
  async list(): Promise<EndpointView[]> {
    return (await endpointRows(this.database, this.clock.now())).map(endpointView);
  }

  /** @throws Refusal 404. */
  async get(id: string): Promise<EndpointView> {
    return endpointView(await this.row(id));
  }

  /**
   * Makes an endpoint. Whatever is committed after this has answered is told to it.
   *
   * @throws Refusal 422 with paths; 409 where there are too many already, or the tables are never free for a moment.
   */
  async create(wish: NewEndpoint): Promise<EndpointView & { secret: EndpointView['secret'] & { value: string } }> {
    this.check(wish);
    const secret = ownSecret(wish.secret) ?? newSigningSecret();
    const now = this.clock.now();
    const id = newId(now);
    await this.capture.wake();
    await this.database.transaction(async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(hashtextextended('ritorno.webhooks.endpoints', 0))`);
      const [{ count } = { count: 0 }] = await tx.query<{ count: number }>('select count(*) from webhook_endpoints');
      if (count >= MOST_ENDPOINTS) throw Refusal.conflict(`There are ${MOST_ENDPOINTS} endpoints already.`);
      const { name = null, description = null, url, events } = wish;
      await tx.execute(
        `insert into webhook_endpoints (id, name, description, url, events, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)`,
        [id, name, description, url, events, now],
      );
      await this.addSecret(tx, id, secret, now);
      if (wish.enabled === false) await this.endpoints.byHand(tx, id, now);
      await this.audit.record(tx, {
        action: 'webhook_endpoint.create',
        resource: `webhook_endpoint:${id}`,
        after: { name, description, url, events, enabled: wish.enabled ?? true },
      });
    });
    await this.beHeard();
    const view = await this.get(id);
    return { ...view, secret: { ...view.secret, value: secret } };
  }

  /** Changes what is named and leaves the rest. @throws Refusal 404, 422. */
  async change(id: string, change: EndpointChange): Promise<EndpointView> {
    this.check(change);
    const now = this.clock.now();
    await this.database.transaction(async (tx) => {
      const before = await this.lock(tx, id);
      const after = contentOf({ ...before, ...definedOnly(change) });
      await tx.execute(
        `update webhook_endpoints set name = $2, description = $3, url = $4, events = $5, updated_at = $6 where id = $1`,
        [id, after.name, after.description, after.url, after.events, now],
      );
      if (before.enabled && change.enabled === false) await this.endpoints.byHand(tx, id, now);
      if (!before.enabled && change.enabled === true) {
        await tx.execute(
          `update webhook_endpoints set enabled = true, disabled_at = null, disabled_reason = null, failing_since = null
           where id = $1`,
          [id],
        );
      }
      await this.audit.record(tx, {
        action: 'webhook_endpoint.update',
        resource: `webhook_endpoint:${id}`,
        before: contentOf(before),
        after,
      });
    });
    if (change.events) await this.beHeard();
    return this.get(id);
  }

  /** Removes an endpoint; what waits for it is not sent. @throws Refusal 404. */
  async remove(id: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const before = await this.lock(tx, id);
      await tx.execute('delete from webhook_endpoints where id = $1', [id]);
      // The rest of its log belongs to nobody any more and goes with its age.
      await tx.execute(`delete from webhook_deliveries where endpoint_id = $1 and status = 'queued'`, [id]);
      await this.audit.record(tx, {
        action: 'webhook_endpoint.delete',
        resource: `webhook_endpoint:${id}`,
        before: contentOf(before),
      });
    });
  }

  /** A new secret; the one before signs beside it for a day, older ones end at once. @throws Refusal 404, 422. */
  async rotateSecret(id: string, own?: string): Promise<{ secret: string; previousValidUntil: string }> {
    const secret = ownSecret(own) ?? newSigningSecret();
    const now = this.clock.now();
    const until = new Date(now.getTime() + SECRET_OVERLAP_MS);
    await this.database.transaction(async (tx) => {
      await this.lock(tx, id);
      await tx.execute('delete from webhook_secrets where endpoint_id = $1 and expires_at is not null', [id]);
      await tx.execute('update webhook_secrets set expires_at = $2 where endpoint_id = $1', [id, until]);
      await this.addSecret(tx, id, secret, now);
      await this.audit.record(tx, {
        action: 'webhook_endpoint.rotate-secret',
        resource: `webhook_endpoint:${id}`,
        after: { previousValidUntil: until.toISOString() },
      });
    });
    return { secret, previousValidUntil: until.toISOString() };
  }

  /** Holds an endpoint. @throws Refusal 404. */
  async lock(tx: Tx, id: string): Promise<EndpointRow> {
    await tx.query('select 1 from webhook_endpoints where id = $1 for update', [id]);
    return this.row(id, tx);
  }

  /**
   * Waits until every transaction is over that may have written facts before this endpoint was to be seen: none of theirs
   * would be told. One that takes longer than a few seconds is not waited for.
   */
  private async beHeard(): Promise<void> {
    const [row] = await this.database.query<{ horizon: string }>(
      'select pg_snapshot_xmax(pg_current_snapshot())::text as horizon',
    );
    const end = performance.now() + LONGEST_WAIT_MS;
    while (row && performance.now() < end) {
      const [running] = await this.database.query<{ older: boolean }>(
        'select pg_snapshot_xmin(pg_current_snapshot()) < $1::xid8 as older',
        [row.horizon],
      );
      if (!running?.older) return;
      await pause(10);
    }
  }

  private async row(id: string, db: Tx | Database = this.database): Promise<EndpointRow> {
    const [row] = await endpointRows(db, this.clock.now(), id);
    if (!row) throw Refusal.notFound(`The webhook endpoint ${id}`);
    return row;
  }

  private check(content: EndpointChange): void {
    const faults = endpointFaults(content, (url) => receiverFault(url, this.config.webhooksToLoopback));
    if (faults.length > 0) throw Refusal.invalid(faults);
  }

  private async addSecret(tx: Tx, endpointId: string, secret: string, now: Date): Promise<void> {
    await tx.execute('insert into webhook_secrets (id, endpoint_id, secret, created_at) values ($1, $2, $3, $4)', [
      newId(now),
      endpointId,
      secret,
      now,
    ]);
  }
}

function ownSecret(text: string | undefined): string | undefined {
  if (text === undefined || isSigningSecret(text)) return text;
  throw Refusal.invalid([{ path: 'secret', message: 'must be whsec_ and the base64 of 24 to 64 bytes' }]);
}

function contentOf({ name, description, url, events, enabled }: EndpointRow): Required<EndpointContent> {
  return { name, description, url, events, enabled };
}

function definedOnly(change: EndpointChange): Partial<EndpointContent> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
