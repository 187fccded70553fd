import { Injectable } from '@nestjs/common';
import {
  type CustomerMerge,
  handOverRows,
  PersonalDataOwner,
  type PersonalSubject,
} from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';

/** What others were told about a person, and what is still to be told. */
@Injectable()
export class EventsPersonalData extends PersonalDataOwner {
  readonly name = 'events';
  readonly tables = ['webhook_outbox', 'webhook_events'];

  export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select e.url, v.type, v.body::jsonb as event, d.status, d.finished_at as "finishedAt"
       from webhook_events v join webhook_deliveries d on d.event_id = v.id
       left join webhook_endpoints e on e.id = d.endpoint_id
       where v.customer_id = $1 order by d.created_at, d.id`,
      [customerId],
    );
  }

  /**
   * Nothing more is told of an erased person but that they were erased; what was told is forgotten, what receivers said
   * to it too. That something was told stays.
   */
  async erase(tx: Tx, { customerId }: PersonalSubject, at: Date): Promise<void> {
    // First the outbox: whoever is fanning it out ends before the events are looked for.
    await tx.execute('delete from webhook_outbox where customer_id = $1', [customerId]);
    const events = await tx.query<{ id: string }>(
      'update webhook_events set body = null where customer_id = $1 and body is not null returning id',
      [customerId],
    );
    await tx.execute(
      `update webhook_deliveries set last_answer = null, claim_token = null, lease_until = null, next_try_at = null,
         last_error = case when status = 'queued' then 'erased' else last_error end,
         finished_at = coalesce(finished_at, $2), status = case when status = 'queued' then 'failed' else status end
       where event_id = any($1::uuid[])`,
      [events.map(({ id }) => id), at],
    );
  }

  /** That the record which goes was made or changed is no news any more; everything else is the other's. */
  async merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    await tx.execute(
      `delete from webhook_outbox where customer_id = any($1::uuid[]) and type in ('customer.created', 'customer.updated')`,
      [merges.map(({ from }) => from)],
    );
    await handOverRows(tx, merges, this.tables);
  }
}
