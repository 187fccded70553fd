import { newId } from '../../src/kernel/ids';
import { LinkTokens, type MessageLinks } from '../../src/messages/link-tokens';
import { type TestApp } from './app';

/** A mail of a campaign that asked a survey, put in place as sent, and its links. */
export interface AskedMail {
  messageId: string;
  campaignId: string;
  links: MessageLinks;
}

/** A campaign that mails can be of, put in place without a definition. */
export async function insertCampaign(service: TestApp, at: Date, key: string): Promise<string> {
  const id = newId(at);
  await service.database.execute(
    `insert into campaigns (id, key, name, status, version, salt, epoch, priority, created_at, updated_at)
     values ($1, $2, $2, 'archived', 1, 'salt', 1, 50, $3, $3)`,
    [id, key, at],
  );
  return id;
}

/** Puts a mail in place that went out at `at` and asked the latest version of a survey. */
export async function insertAskedMail(
  service: TestApp,
  at: Date,
  asked: { surveyId: string; campaignId: string; customerId: string | null; locale?: string; status?: string },
): Promise<AskedMail> {
  const [messageId, enrollmentId] = [newId(at), newId(at)];
  const isTest = asked.customerId === null;
  await service.database.execute(
    `insert into messages (id, origin, origin_id, enrollment_id, campaign_id, customer_id, step, status, basis, locale,
       due_at, queued_at, expires_at, sending_at, sent_at, survey_id, survey_version)
     select $1, $2, $3, $4, $5, $6, 'ask', $7, 'consent', $8, $9, $9, $9, $9, case when $7 = 'sent' then $9::timestamptz end,
       id, version from surveys where id = $10`,
    [
      messageId,
      isTest ? 'test' : 'enrollment',
      enrollmentId,
      isTest ? null : enrollmentId,
      isTest ? null : asked.campaignId,
      asked.customerId,
      asked.status ?? 'sent',
      asked.locale ?? null,
      at,
      asked.surveyId,
    ],
  );
  return { messageId, campaignId: asked.campaignId, links: service.app.get(LinkTokens).of(messageId) };
}

/** Opens or posts a link of a mail as a browser does. */
export async function visit(service: TestApp, link: string, form?: Record<string, string>, method?: string) {
  const answer = await fetch(link.replace('http://ritorno.test', service.url), {
    redirect: 'manual',
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    ...(method ? { method } : {}),
  });
  return { status: answer.status, html: await answer.text(), headers: answer.headers };
}
