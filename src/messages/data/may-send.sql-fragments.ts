import { effectiveConsentSql, pausedSql, topicOnSql } from '../../customers/customer.sql-fragments';
import { type ExitReason } from '../../kernel/reasons';

/** Whether all mail is stopped (boolean): `PUT /settings/sending`. */
export const SENDING_PAUSED = `coalesce((select (value->>'paused')::boolean from settings where key = 'sending'), false)`;

/** Exits after which nothing more may go out, not even what waits for its next try; an exit step's last mail must. */
const ENDING_EXITS = ['goal', 'exit_when', 'unsubscribed', 'erased', 'archived', 'removed'] satisfies ExitReason[];

/**
 * Why a message must not go out now (text), null when it may: the last word on what `mayMail` decided at the step. `m` is
 * the message, `c` its customer and `k` its campaign (both outer joined), `paused` a boolean: the global stop, `now` the clock's (an
 * expression).
 *
 * The order is that of `enrollments/domain/may-mail.ts`; a test holds the two together. `sending_paused` and
 * `campaign_paused` are no end: the message waits.
 */
export function refusalSql(m: string, c: string, k: string, paused: string, now: string): string {
  return `(case
    when ${paused} then 'sending_paused'
    when ${m}.campaign_id is not null and ${k}.status = 'paused' then 'campaign_paused'
    when ${m}.campaign_id is not null and ${k}.status = 'archived' then 'campaign_archived'
    when ${m}.customer_id is not null and (${c}.id is null or ${c}.erased_at is not null or ${c}.deleted_at is not null)
      then 'erased'
    when ${m}.origin = 'enrollment' and exists (select 1 from enrollments e
      where e.id = ${m}.enrollment_id and e.exit_reason = any('{${ENDING_EXITS.join(',')}}')) then 'exited'
    when ${m}.recipient is null or (${m}.origin = 'enrollment' and ${c}.email is null) then 'invalid_address'
    when exists (select 1 from suppressions s where s.address = ${m}.recipient
      and (s.scope = 'all' or not (${m}.basis = 'transactional' or ${m}.origin = 'seed'))) then 'suppressed'
    when ${m}.basis = 'transactional' or ${m}.origin = 'seed' then null
    else (select case
        when consent.status = 'unsubscribed' then 'unsubscribed'
        when consent.status <> 'subscribed' and not (${m}.basis = 'soft_opt_in'
          and exists (select 1 from customer_orders b where b.customer_id = ${c}.id and b.count > 0)) then 'no_consent'
        when ${pausedSql(c, now)} then 'paused_by_customer'
        when ${m}.topic is not null and not ${topicOnSql(c, `${m}.topic`)} then 'topic_off' end
      from (select ${effectiveConsentSql(c)} as status) consent)
    end)`;
}
