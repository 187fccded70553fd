import { Injectable } from '@nestjs/common';
import { CustomerEvents } from '../customers/customer-events';
import { CustomerIngest } from '../customers/customer-ingest';
import { effectiveConsentSql } from '../customers/customer.sql-fragments';
import { Clock } from '../kernel/clock';
import { newId } from '../kernel/ids';
import { LinkTokens } from '../messages/link-tokens';
import { SendLedger } from '../messages/send-ledger';
import { Database, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { ConfirmationTemplate } from './confirmation-template';

/** Somebody who was asked to confirm. */
export interface AskedToConfirm {
  requestId: string;
  customerId: string;
  locale: string | null;
  messageLocale: string | null;
  askedAt: Date;
  confirmed: boolean;
}

/** How somebody confirmed. */
export interface Proof {
  ip: string;
  /** The question that was shown, and its version. */
  text: string;
  textVersion: number;
}

interface WaitingRow {
  id: string;
  customerId: string;
  email: string;
  locale: string | null;
  pending: boolean;
}

/** Links to confirm by work so long. */
const VALID_MS = 30 * 86_400_000;

/** Double opt-in: the mails that ask, and what becomes of the answers. */
@Injectable()
export class Confirmations {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly tokens: LinkTokens,
    private readonly ledger: SendLedger,
    private readonly template: ConfirmationTemplate,
    private readonly ingest: CustomerIngest,
    private readonly events: CustomerEvents,
  ) {}

  /** When the nearest mail is to be made; null when none is. */
  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date | null }>(
      'select min(asked_at) as at from consent_requests where message_id is null',
    );
    return row?.at ?? null;
  }

  /** Makes the mails for those who wait; who has decided otherwise meanwhile is asked nothing. */
  async send(now: Date, limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const rows = await tx.query<WaitingRow>(
        `select r.id, r.customer_id as "customerId", r.email, c.locale,
           c.email = r.email and ${effectiveConsentSql('c')} = 'pending' as pending
         from consent_requests r join customers c on c.id = r.customer_id
         where r.message_id is null and r.asked_at <= $1 order by r.asked_at limit $2 for update of r skip locked`,
        [now, limit],
      );
      if (rows.length === 0) return 0;
      const template = await this.template.current(tx);
      for (const { id, customerId, email, locale, pending } of rows) {
        if (!pending) {
          await tx.execute('delete from consent_requests where id = $1', [id]);
          continue;
        }
        const mail = { requestId: id, customerId, to: email, locale, template };
        const messageId = await this.ledger.enterConfirmation(tx, mail, now);
        await tx.execute('update consent_requests set message_id = $2 where id = $1', [id, messageId]);
      }
      await notifyDue(tx);
      return rows.length;
    });
  }

  /** Whom a link asks; undefined: it is none of ours, too old, or the person is gone. */
  async find(token: string): Promise<AskedToConfirm | undefined> {
    const read = this.tokens.read('confirm', token);
    return read && this.load(this.database, read.messageId, '');
  }

  /** Confirms: the consent is the person's own and starts what waits for it. Again and again is fine. */
  async confirm(token: string, { ip, text, textVersion }: Proof): Promise<'confirmed' | 'unknown'> {
    const read = this.tokens.read('confirm', token);
    if (!read) return 'unknown';
    return this.database.transaction(async (tx) => {
      const asked = await this.load(tx, read.messageId, 'for update of r');
      if (!asked) return 'unknown';
      if (asked.confirmed) return 'confirmed';
      const at = this.clock.now();
      await tx.execute(
        'update consent_requests set confirmed_at = $2, ip = $3, text = $4, text_version = $5 where id = $1',
        [asked.requestId, at, ip, text, textVersion],
      );
      await this.subscribe(tx, asked, { ip, text }, at);
      return 'confirmed';
    });
  }

  private async subscribe(
    tx: Tx,
    { customerId }: AskedToConfirm,
    { ip, text }: Pick<Proof, 'ip' | 'text'>,
    at: Date,
  ): Promise<void> {
    // Sorts behind every event id: of one instant the person's word is the last.
    const eventId = `~person:${newId(at)}`;
    const [known] = await tx.query<{ topics: Record<string, unknown> }>(
      'select consent_topics as topics from customers where id = $1',
      [customerId],
    );
    const consent = {
      status: 'subscribed',
      source: 'double_opt_in',
      at,
      ip,
      text,
      topics: known?.topics ?? {},
    } as const;
    const op = { kind: 'upsert', identity: { id: customerId }, patch: { consent } } as const;
    const [result] = await this.ingest.applyBatch(
      tx,
      [{ ...op, version: { at, eventId }, source: 'double_opt_in' }],
      at,
    );
    if (!result?.consentSubscribed) return;
    const event = { customerId, type: 'consent.subscribed', occurredAt: at, eventId, starts: true };
    await this.events.record(tx, [event], at);
  }

  private async load(
    db: Pick<Tx, 'query'>,
    messageId: string,
    lock: '' | 'for update of r',
  ): Promise<AskedToConfirm | undefined> {
    const [row] = await db.query<AskedToConfirm>(
      `select r.id as "requestId", r.customer_id as "customerId", c.locale, m.locale as "messageLocale",
         r.asked_at as "askedAt", r.confirmed_at is not null as confirmed
       from consent_requests r join customers c on c.id = r.customer_id join messages m on m.id = r.message_id
       where r.message_id = $1 and c.erased_at is null and c.email = r.email and r.asked_at > $2 ${lock}`,
      [messageId, new Date(this.clock.now().getTime() - VALID_MS)],
    );
    return row;
  }
}
