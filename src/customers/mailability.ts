import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { effectiveConsentSql, suppressionViewSql } from './customer.sql-fragments';
import { type Choices, type Wishes } from './wishes';
import { type ConsentStatus } from './customers.types';
import { type SuppressionScope } from './domain/suppression-scope';

/** What decides whether a person may be written to, and what a mail is addressed with; no more: it is read for every step. */
export interface MailFacts {
  customerId: string;
  /** Null: kept, not mailable (`invalid_address`). */
  email: string | null;
  /** In force: an unsubscribe of the address is in it. */
  consentStatus: ConsentStatus;
  suppressed: { reason: string; at: Date; scope: SuppressionScope } | null;
  /** Erased, or deleted by the shop: nothing goes to this record any more. */
  erased: boolean;
  locale: string | null;
  timezone: string | null;
  /** What decides about topics and a pause. */
  choices: Choices;
}

interface Row extends Omit<MailFacts, 'suppressed' | 'choices'> {
  wishes: Wishes | null;
  topics: Record<string, unknown>;
  said: ConsentStatus;
  source: string | null;
  saidAt: Date | null;
  versionAt: Date | null;
  offByDefault: string[] | null;
  suppressed: { reason: string; at: string | Date; scope: SuppressionScope } | null;
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
         c.locale, c.timezone, c.wishes, c.consent_topics as topics, c.consent_status as said, c.consent_source as source,
         c.consent_at as "saidAt", c.consent_version_at as "versionAt",
         (select s.value from settings s where s.key = 'off-by-default') as "offByDefault"
       from customers c where c.id = any($1::uuid[])`,
      values: [customerIds],
    });
    const facts = new Map<string, MailFacts>();
    for (const row of rows) facts.set(row.customerId, factsOf(row));
    return facts;
  }
}

function factsOf(row: Row): MailFacts {
  const { customerId, email, consentStatus, suppressed, erased, locale, timezone } = row;
  const { topics, said: status, source, saidAt: at, versionAt } = row;
  return {
    ...{ customerId, email, consentStatus, erased, locale, timezone },
    suppressed: suppressed && { ...suppressed, at: new Date(suppressed.at) },
    choices: {
      wishes: row.wishes ?? {},
      said: { topics, status, source, at, versionAt },
      offByDefault: row.offByDefault ?? [],
    },
  };
}
