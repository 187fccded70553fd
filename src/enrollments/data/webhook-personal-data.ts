import { Injectable } from '@nestjs/common';
import {
  type CustomerMerge,
  handOverRows,
  PersonalDataOwner,
  type PersonalSubject,
} from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';

/** What webhook steps have told others about a person. */
@Injectable()
export class WebhookPersonalData extends PersonalDataOwner {
  readonly name = 'stepWebhooks';
  readonly tables = ['step_webhooks'];

  async export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select c.key as campaign, w.step, w.url, w.body, w.status, w.created_at as "createdAt", w.finished_at as "finishedAt"
       from step_webhooks w join campaigns c on c.id = w.campaign_id where w.customer_id = $1 order by w.id`,
      [customerId],
    );
  }

  /** Nothing is told of an erased person any more; what was told is forgotten, that it was told stays. */
  async erase(tx: Tx, { customerId }: PersonalSubject, at: Date): Promise<void> {
    await tx.execute(
      `update step_webhooks set body = '', last_answer = null, claim_token = null, lease_until = null,
         last_error = case when status = 'queued' then 'erased' else last_error end,
         finished_at = coalesce(finished_at, $2), next_try_at = null,
         status = case when status = 'queued' then 'failed' else status end
       where customer_id = $1`,
      [customerId, at],
    );
  }

  /** Hardly anybody who is merged was ever told of, so that is asked first; merges of one batch may form a chain. */
  async merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    const [told] = await tx.query('select 1 from step_webhooks where customer_id = any($1::uuid[]) limit 1', [
      merges.map(({ from }) => from),
    ]);
    if (!told) return;
    await handOverRows(tx, merges, ['step_webhooks']);
  }
}
