import { Injectable } from '@nestjs/common';
import { parseDuration, subtractDuration } from '../kernel/duration';
import { newId } from '../kernel/ids';
import { type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { ConsentSettings } from './consent-settings';
import { effectiveConsentSql } from './customer.sql-fragments';

/** Double opt-in: who is to be asked to confirm. The mails are somebody else's business. */
@Injectable()
export class ConsentRequests {
  constructor(private readonly settings: ConsentSettings) {}

  /**
   * Notes that people are to be asked, where the shop wants them to be: not again before the time that is set, never
   * more often than that, by address, whoever has it. Whom an unsubscribe of their own holds is not asked.
   */
  async ask(tx: Tx, customerIds: readonly string[], at: Date): Promise<void> {
    const { doubleOptIn, resendAfter, mostMails } = await this.settings.view(tx);
    if (!doubleOptIn) return;
    const period = parseDuration(resendAfter);
    if (!period) throw new Error('settings/consent.resendAfter was not validated');
    const since = subtractDuration(at, period, 'UTC');
    const asked = await tx.execute(
      `insert into consent_requests (id, customer_id, email, asked_at)
       select u.id, c.id, c.email, $3 from unnest($1::uuid[], $2::uuid[]) as u (id, customer_id)
       join customers c on c.id = u.customer_id
       where c.email is not null and c.erased_at is null and ${effectiveConsentSql('c')} = 'pending'
         and not exists (select 1 from consent_requests r where r.email = c.email and r.asked_at > $4)
         and (select count(*) from consent_requests r where r.email = c.email) < $5`,
      [customerIds.map(() => newId(at)), customerIds, at, since, mostMails],
    );
    if (asked > 0) await notifyDue(tx);
  }
}
