import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { effectiveConsentSql, suppressionViewSql } from './customer.sql-fragments';
import { type ConsentStatus } from './customers.types';

/** What decides whether a person may be written to, and what a mail is addressed with; no more: it is read for every step. */
export interface MailFacts {
  customerId: string;
  /** Null: kept, not mailable (`invalid_address`). */
  email: string | null;
  /** In force: an unsubscribe of the address is in it. */
  consentStatus: ConsentStatus;
  suppressed: { reason: string; at: Date } | null;
  /** Erased, or deleted by the shop: nothing goes to this record any more. */
  erased: boolean;
  locale: string | null;
  timezone: string | null;
}

interface Row extends Omit<MailFacts, 'suppressed'> {
  suppressed: { reason: string; at: string | Date } | null;
}

/** Reads, for a set of customers in one statement, whether they may be mailed. */
@Injectable()
export class Mailability {
  /** Customers that do not exist (any more) are not in the map. */
  async load(db: Queryable, customerIds: readonly string[]): Promise<Map<string, MailFacts>> {
    if (customerIds.length === 0) return new Map();
    const rows = await db.query<Row>({
      // Runs in every claim of the engine; its planning costs more than its work on a small set.
      name: 'customers.mailability',
      text: `select c.id as "customerId", c.email, ${effectiveConsentSql('c')} as "consentStatus",
         ${suppressionViewSql('c')} as suppressed,
         (c.erased_at is not null or c.deleted_at is not null) as erased,
         c.locale, c.timezone
       from customers c where c.id = any($1::uuid[])`,
      values: [customerIds],
    });
    const facts = new Map<string, MailFacts>();
    for (const row of rows) {
      if (row.suppressed) row.suppressed.at = new Date(row.suppressed.at);
      facts.set(row.customerId, row as MailFacts);
    }
    return facts;
  }
}
