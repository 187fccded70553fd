import { Injectable } from '@nestjs/common';
import { effectiveConsentSql } from '../customers/customer.sql-fragments';
import { CustomerIngest } from '../customers/customer-ingest';
import { Clock } from '../kernel/clock';
import { newId } from '../kernel/ids';
import { type LinkKind, LinkTokens } from '../messages/link-tokens';
import { Database } from '../platform/database/database';

/** The receiver of a message, as far as the public pages need it. */
export interface Subscriber {
  messageId: string;
  /** Null: the mail was a test, or the person was erased; then there is nothing to change. */
  customerId: string | null;
  /** The person's own language; null when none is known. */
  locale: string | null;
  /** Language of the mail that the link was in. */
  messageLocale: string | null;
  unsubscribed: boolean;
}

/** The people behind the tokens of unsubscribe and preference links, and what they may change themselves. */
@Injectable()
export class Subscribers {
  constructor(
    private readonly tokens: LinkTokens,
    private readonly database: Database,
    private readonly ingest: CustomerIngest,
    private readonly clock: Clock,
  ) {}

  /** The message that a token is of, or undefined when it is none of ours. */
  messageOf(kind: LinkKind, token: string): string | undefined {
    return this.tokens.read(kind, token)?.messageId;
  }

  /** Undefined: there is no such message any more. */
  async find(messageId: string): Promise<Subscriber | undefined> {
    const [row] = await this.database.query<Subscriber>(
      `select m.id as "messageId", c.id as "customerId", c.locale, m.locale as "messageLocale",
         coalesce(${effectiveConsentSql('c')} = 'unsubscribed', false) as unsubscribed
       from messages m left join customers c on c.id = m.customer_id and c.erased_at is null
       where m.id = $1`,
      [messageId],
    );
    return row;
  }

  /** The person's word on their language; later than anything that the shop has said so far. */
  async chooseLanguage(customerId: string, locale: string): Promise<void> {
    const at = this.clock.now();
    const version = { at, eventId: `preferences:${newId(at)}` };
    await this.database.transaction((tx) =>
      this.ingest.applyBatch(
        tx,
        [{ kind: 'upsert', identity: { id: customerId }, patch: { locale }, version, source: 'preferences' }],
        at,
      ),
    );
  }
}
