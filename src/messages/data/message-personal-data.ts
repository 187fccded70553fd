import { Injectable } from '@nestjs/common';
import { IdentityHash } from '../../customers/identity-hash';
import {
  type CustomerMerge,
  handOverRows,
  PersonalDataOwner,
  PersonalDataOwners,
  type PersonalSubject,
} from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';

/** What mails say of a person goes with them; that they were sent, and when, stays for the figures. */
@Injectable()
export class MessagePersonalData extends PersonalDataOwner {
  readonly name = 'messages';
  readonly tables = ['messages', 'message_contents', 'bounces'];

  constructor(
    owners: PersonalDataOwners,
    private readonly hashes: IdentityHash,
  ) {
    super(owners);
  }

  async export(db: Queryable, { customerId, emails }: PersonalSubject): Promise<unknown> {
    const mails = await db.query(
      `select m.id, m.origin, m.step, m.status, m.reason, m.recipient, m.subject, m.template_key as template,
         m.template_version as "templateVersion", m.locale, m.due_at as "dueAt", m.sent_at as "sentAt",
         m.opened_at as "openedAt", m.clicked_at as "clickedAt", m.bounced_at as "bouncedAt",
         m.complained_at as "complainedAt", m.unsubscribed_at as "unsubscribedAt", c.variables, c.links,
         (select jsonb_agg(jsonb_build_object('class', b.class, 'reason', b.reason, 'status', b.status, 'said', b.said,
            'at', b.at) order by b.id) from bounces b where b.message_id = m.id) as bounces
       from messages m left join message_contents c on c.message_id = m.id
       where m.customer_id = $1 or m.shown_customer_id = $1 order by m.id`,
      [customerId],
    );
    // A provider told of mails to the address that are not ours to find.
    const elsewhere = await db.query(
      `select class, reason, status, said, source, at from bounces
       where message_id is null and address_hash = any($1::bytea[]) order by id`,
      [emails.map((email) => this.hashes.address(email))],
    );
    return [...mails, ...elsewhere.map((bounce) => ({ origin: 'elsewhere', bounces: [bounce] }))];
  }

  /**
   * What waits is skipped; what is on its way stops at its gate, which sees the erasure. Mails of nobody's (tests) are found
   * by the address that they went to.
   */
  async erase(tx: Tx, { customerId, emails }: PersonalSubject): Promise<void> {
    const rows = await tx.query<{ id: string }>(
      `select id from messages where customer_id = $1
       union select id from messages where shown_customer_id = $1
       union select id from messages where customer_id is null and lower(recipient) = any($2::text[])`,
      [customerId, emails],
    );
    const messages = rows.map(({ id }) => id);
    await tx.execute('delete from message_contents where message_id = any($1::uuid[])', [messages]);
    await tx.execute(
      `update messages set recipient = null, subject = null, last_reply = null,
         status = case when status in ('queued', 'deferred') then 'skipped' else status end,
         reason = case when status in ('queued', 'deferred') then 'erased' else reason end,
         next_try_at = case when status in ('queued', 'deferred') then null else next_try_at end
       where id = any($1::uuid[])`,
      [messages],
    );
    // Servers like to repeat the address in what they say. The keyed hash stays, as that of the suppression does.
    // What a provider told of mails that are not ours to find is known by that hash alone.
    await tx.execute(
      `update bounces set said = null where said is not null
         and (customer_id = $1 or message_id = any($2::uuid[]) or address_hash = any($3::bytea[]))`,
      [customerId, messages, emails.map((email) => this.hashes.address(email))],
    );
  }

  async merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    for (const column of ['customer_id', 'shown_customer_id']) await handOverRows(tx, merges, ['messages'], column);
    await handOverRows(tx, merges, ['bounces'], 'customer_id');
  }
}
