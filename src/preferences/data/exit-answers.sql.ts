import { effectiveConsentSql } from '../../customers/customer.sql-fragments';
import { type Sql } from '../../platform/database/database';
import { type ExitAnswer } from '../domain/exit-reason';

/** Who left by a mail, and whether they have said why. */
export interface LeaverRow {
  locale: string | null;
  messageLocale: string | null;
  unsubscribed: boolean;
  answered: boolean;
}

/** The receiver of a mail; no row for a test, or when the person was erased. Look-ups by key. */
export function leaverOf(messageId: string): Sql {
  return {
    text: `
      select c.locale, m.locale as "messageLocale",
        coalesce(${effectiveConsentSql('c')} = 'unsubscribed', false) as unsubscribed,
        exists (select 1 from exit_answers a where a.customer_id = c.id) as answered
      from messages m join customers c on c.id = m.customer_id and c.erased_at is null
      where m.id = $1`,
    values: [messageId],
  };
}

/** Keeps the first answer of a person. No row is written when there is one already, or the person is gone. */
export function keepAnswer(
  id: string,
  messageId: string,
  { reason, words }: ExitAnswer,
  locale: string,
  at: Date,
): Sql {
  return {
    text: `
      with leaver as (
        select c.id, m.campaign_id, m.step from messages m
        join customers c on c.id = m.customer_id and c.erased_at is null where m.id = $2 for share of c
      )
      insert into exit_answers (id, customer_id, message_id, campaign_id, step, reason, words, locale, at)
      select $1, id, $2, campaign_id, step, $3, $4, $5, $6 from leaver
      on conflict (customer_id) do nothing`,
    values: [id, messageId, reason, words, locale, at],
  };
}
