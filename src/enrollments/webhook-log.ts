import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Campaigns } from '../campaigns/campaigns.service';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { Database } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { notifyDue } from '../platform/jobs/notify';
import { WebhookSigning, type SigningState } from '../platform/outbox/webhook-signing';

export const WEBHOOK_STATUSES = ['queued', 'delivered', 'failed'] as const;
export type WebhookStatus = (typeof WEBHOOK_STATUSES)[number];

/** The call of a webhook step and how it fared. */
export interface StepWebhookView {
  id: string;
  enrollmentId: string;
  customerId: string;
  step: string;
  url: string;
  status: WebhookStatus;
  attempts: number;
  createdAt: string;
  nextTryAt: string | null;
  /** Of the last try: when, the status and the first 500 octets of the answer, or why there was none. */
  lastAt: string | null;
  lastStatus: number | null;
  lastAnswer: string | null;
  lastError: string | null;
  finishedAt: string | null;
}

type Row = {
  [K in keyof StepWebhookView]: K extends `${string}At` ? Date | null : StepWebhookView[K];
};

const COLUMNS = `id, enrollment_id as "enrollmentId", customer_id as "customerId", step, url, status, attempts,
  created_at as "createdAt", next_try_at as "nextTryAt", last_at as "lastAt", last_status as "lastStatus",
  last_answer as "lastAnswer", last_error as "lastError", finished_at as "finishedAt"`;

export interface StepWebhookQuery extends PageQuery {
  status?: WebhookStatus;
  customerId?: string;
}

/** The calls of webhook steps, for people: looking, trying once more, and the secret that signs them. */
@Injectable()
export class WebhookLog {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly campaigns: Campaigns,
    private readonly signing: WebhookSigning,
    private readonly audit: AuditLog,
  ) {}

  /** The calls of a campaign, newest first. @throws Refusal 404. */
  async list(ref: string, { limit, cursor, status, customerId }: StepWebhookQuery): Promise<Page<StepWebhookView>> {
    const { id } = await this.campaigns.require(this.database, ref);
    const before = cursor === undefined ? null : (decodeCursor(cursor, 1)[0] ?? null);
    const rows = await this.database.query<Row>(
      `select ${COLUMNS} from step_webhooks
       where campaign_id = $1 and ($2::uuid is null or id < $2) and ($3::text is null or status = $3)
         and ($4::uuid is null or customer_id = $4)
       order by id desc limit $5`,
      [id, before, status ?? null, customerId ?? null, limit + 1],
    );
    return pageOf(rows, limit, view, (row) => [row.id]);
  }

  /** Tries a failed call once more, at once, with a schedule of its own. @throws Refusal 404, 409 unless it failed. */
  async retry(ref: string, id: string): Promise<StepWebhookView> {
    return this.database.transaction(async (tx) => {
      const campaign = await this.campaigns.require(tx, ref);
      const [row] = await tx.query<{ status: WebhookStatus; erased: boolean }>(
        `select status, body = '' as erased from step_webhooks where id = $1 and campaign_id = $2 for update`,
        [id, campaign.id],
      );
      if (!row) throw Refusal.notFound(`The webhook ${id}`);
      if (row.status !== 'failed')
        throw Refusal.conflict(`The webhook is ${row.status}; only failed ones are retried.`);
      if (row.erased) throw Refusal.conflict('The customer was erased; there is nothing to tell any more.');
      const [after] = await tx.query<Row>(
        `update step_webhooks set status = 'queued', next_try_at = $2, attempts = 0, finished_at = null where id = $1
         returning ${COLUMNS}`,
        [id, this.clock.now()],
      );
      if (!after) throw new Error('the row is locked; it cannot have gone');
      await this.audit.record(tx, {
        action: 'step_webhook.retry',
        resource: `step_webhook:${id}`,
        before: { status: row.status },
        after: { status: after.status },
      });
      await notifyDue(tx);
      return view(after);
    });
  }

  /** Since when the present secret signs; not the secret. */
  signingState(): Promise<SigningState> {
    return this.signing.state();
  }

  /** Makes a new secret and tells it; the one before goes on signing for a day. */
  async rotateSecret(): Promise<SigningState & { secret: string }> {
    return this.database.transaction(async (tx) => {
      const before = await this.signing.state();
      const { secret, ...state } = await this.signing.rotate(tx);
      await this.audit.record(tx, {
        action: 'webhook_signing.rotate',
        resource: 'setting:webhook-signing',
        before,
        after: state,
      });
      return { secret, ...state };
    });
  }
}

function view(row: Row): StepWebhookView {
  const at = (instant: Date | null): string | null => instant?.toISOString() ?? null;
  return {
    ...row,
    createdAt: at(row.createdAt) ?? '',
    nextTryAt: at(row.nextTryAt),
    lastAt: at(row.lastAt),
    finishedAt: at(row.finishedAt),
  };
}
