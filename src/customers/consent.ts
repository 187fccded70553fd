import { Injectable } from '@nestjs/common';
import { newId } from '../kernel/ids';
import { type Version } from '../kernel/versioned';
import { type Tx } from '../platform/database/database';
import { CustomerIngest } from './customer-ingest';
import { FactChanges } from './fact-changes';

/** A person's own wish not to be written to. */
export interface Unsubscribe {
  customerId: string;
  /** The clock's now. */
  at: Date;
  /** `one_click`, `page`, `preferences`, `complaint`, `mailto`. */
  source: string;
  messageId?: string;
}

/** What people decide themselves, as against what a shop says about them. */
@Injectable()
export class Consent {
  constructor(
    private readonly ingest: CustomerIngest,
    private readonly changes: FactChanges,
  ) {}

  /**
   * Unsubscribes the customer's address, at once and for whoever has it; idempotent. Only a shop's later proof lifts it
   * (`domain/consent-rule.ts`). A customer without an address is marked as unsubscribed.
   *
   * @returns whether anything changed
   */
  async unsubscribe(tx: Tx, { customerId, at, source, messageId }: Unsubscribe): Promise<boolean> {
    const [customer] = await tx.query<{ email: string | null }>('select email from customers where id = $1', [
      customerId,
    ]);
    if (!customer) return false;
    const { email } = customer;
    if (email === null) return this.unsubscribeRecord(tx, customerId, at, source);
    const changed = await tx.execute(
      `insert into address_optouts (id, email, at, source, message_id) select $1, $2, $3, $4, $5
       where not exists (select 1 from address_optouts o where o.email = $2 and o.lifted_at > $3)
       on conflict (email) where lifted_at is null do nothing`,
      [newId(at), email, at, source, messageId ?? null],
    );
    if (changed === 0) return false;
    await tx.execute(
      `insert into customer_statements (customer_id, at, recorded_at, field, value, event_id)
       select id, $2, $2, 'consent', jsonb_build_object('status', 'unsubscribed', 'source', $3::text, 'at', $2::timestamptz,
         'by', 'person'), $4
       from customers where email = $1`,
      [email, at, source, messageId === undefined ? null : `message:${messageId}`],
    );
    await this.changes.announce(tx, at, () => [{ email, facts: 'consent', cause: 'event', starts: true }]);
    return true;
  }

  private async unsubscribeRecord(tx: Tx, customerId: string, at: Date, source: string): Promise<boolean> {
    // Sorts behind every event id: of one instant the person's word is the last.
    const version: Version = { at, eventId: `~person:${newId(at)}` };
    const consent = { status: 'unsubscribed', source, at } as const;
    await this.ingest.applyBatch(
      tx,
      [{ kind: 'upsert', identity: { id: customerId }, patch: { consent }, version, source }],
      at,
    );
    return true;
  }
}
