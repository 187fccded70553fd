import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { IdentityHash } from '../customers/identity-hash';
import { normaliseAddress } from '../kernel/address';
import { Clock } from '../kernel/clock';
import { type Fault, Refusal } from '../kernel/errors';
import { isUuid } from '../kernel/ids';
import { Database } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { notifyDue } from '../platform/jobs/notify';
import { queueTouchesSql } from '../segments/segment-touch-sql';
import { Surveys } from '../surveys/surveys.service';
import { Templates } from '../templates/templates.service';
import { listMessages, messageById, type MessageRow, viewOf } from './data/list-messages.sql';
import { afterMessageEvent } from './domain/message-states';
import { type MessageView, type Origin, type ShownStatus } from './messages.types';
import { SendLedger } from './send-ledger';

/** Filters of the list; `campaign` is an id or a key. */
export interface MessageQuery extends PageQuery {
  origin?: Origin;
  campaign?: string;
  customerId?: string;
  status?: ShownStatus;
}

/** A person's word on an uncertain mail: it was sent, or send it again. */
export type Resolution = 'sent' | 'retry';

export interface TestSend {
  to: string;
  customerId?: string;
  locale?: string;
  /** Key or id of what it asks. */
  survey?: string;
}

const DAY_MS = 86_400_000;

/** The ledger for people: looking, deciding on what is uncertain, sending a test. */
@Injectable()
export class MessageDesk {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
    private readonly templates: Templates,
    private readonly surveys: Surveys,
    private readonly hashes: IdentityHash,
    private readonly ledger: SendLedger,
  ) {}

  /** Messages newest first, those of enrollments unless `origin` says otherwise. @throws Refusal 422: no such campaign. */
  async list(query: MessageQuery): Promise<Page<MessageView>> {
    const before = query.cursor === undefined ? null : (decodeCursor(query.cursor, 1)[0] ?? null);
    const { origin = 'enrollment', campaign, customerId, status } = query;
    const filter = {
      origin,
      customerId,
      status,
      ...(campaign === undefined ? {} : { campaignId: await this.campaignId(campaign) }),
    };
    const rows = await this.database.query<MessageRow>(listMessages(filter, before, query.limit + 1));
    return pageOf(rows, query.limit, viewOf, (row) => [row.id]);
  }

  /** @throws Refusal 404. */
  async get(id: string): Promise<MessageView> {
    const [row] = await this.database.query<MessageRow>(messageById(id));
    if (!row) throw Refusal.notFound(`The message ${id}`);
    return viewOf(row);
  }

  /**
   * Decides on an uncertain message: `sent` closes it, `retry` sends the same mail again, for a day if its time was over.
   * @throws Refusal 404; 409 for a message that is not uncertain.
   */
  async resolve(id: string, as: Resolution): Promise<MessageView> {
    await this.database.transaction(async (tx) => {
      const [row] = await tx.query<MessageRow>(messageById(id, true));
      if (!row) throw Refusal.notFound(`The message ${id}`);
      const status =
        row.status === 'uncertain' ? afterMessageEvent(row.status, as === 'sent' ? 'prove' : 'retry') : undefined;
      if (status === undefined)
        throw Refusal.conflict(`Only an uncertain message can be resolved; this one is ${viewOf(row).status}.`);
      const now = this.clock.now();
      await tx.execute(
        `with resolved as (
           update messages set status = $2, sent_at = case when $2 = 'sent' then coalesce(sending_at, $3::timestamptz) end,
             next_try_at = case when $2 = 'queued' then $3::timestamptz end,
             expires_at = case when $2 = 'queued' then greatest(expires_at, $4::timestamptz) else expires_at end
           where id = $1 returning customer_id
         ) ${queueTouchesSql('resolved', 'engagement', '$3::timestamptz')}`,
        [id, status, now, new Date(now.getTime() + DAY_MS)],
      );
      const change = { before: { status: 'uncertain' }, after: { status } };
      await this.audit.record(tx, { action: 'message.resolve', resource: `message:${id}`, ...change });
      await notifyDue(tx);
    });
    return this.get(id);
  }

  /**
   * Sends a template to somebody to look at, through the ledger (origin `test`), with a customer's data if one is named.
   * @throws Refusal 404: no such template; 422: no address that can be mailed, a suppressed one, no such customer or survey.
   */
  async sendTest(ref: string, wish: TestSend): Promise<MessageView> {
    const template = await this.templates.find(this.database, ref);
    if (!template) throw Refusal.notFound(`The template ${ref}`);
    const to = normaliseAddress(wish.to);
    const faults: Fault[] = [];
    if (to === undefined) faults.push({ path: 'to', message: 'is no e-mail address' });
    else if (await this.isSuppressed(to)) faults.push({ path: 'to', message: 'is suppressed' });
    const customer = wish.customerId === undefined ? null : await this.customer(wish.customerId);
    if (customer === undefined) faults.push({ path: 'customerId', message: 'does not exist' });
    const survey = wish.survey === undefined ? null : await this.surveys.find(wish.survey);
    if (survey === undefined) faults.push({ path: 'survey', message: 'does not exist' });
    if (to === undefined || faults.length > 0) throw Refusal.invalid(faults);
    const { id, key, version } = template;
    const locale = wish.locale ?? customer?.locale ?? null;
    const messageId = await this.database.transaction(async (tx) => {
      const entered = await this.ledger.enterTest(
        tx,
        {
          to,
          customerId: customer?.id ?? null,
          locale,
          template: { id, key, version },
          survey: survey ? { id: survey.id, version: survey.version } : null,
        },
        this.clock.now(),
      );
      await this.audit.record(tx, {
        action: 'template.test-send',
        resource: `template:${id}`,
        after: { message: entered },
      });
      await notifyDue(tx);
      return entered;
    });
    return this.get(messageId);
  }

  private async campaignId(ref: string): Promise<string> {
    const [campaign] = await this.database.query<{ id: string }>(
      `select id from campaigns where ${isUuid(ref) ? 'id' : 'key'} = $1`,
      [ref],
    );
    if (!campaign) throw Refusal.invalid([{ path: 'campaign', message: 'does not exist' }]);
    return campaign.id;
  }

  private async isSuppressed(address: string): Promise<boolean> {
    const rows = await this.database.query(`select 1 from suppressions where address_hash = $1 and scope = 'all'`, [
      this.hashes.address(address),
    ]);
    return rows.length > 0;
  }

  private async customer(id: string): Promise<{ id: string; locale: string | null } | undefined> {
    const [row] = await this.database.query<{ id: string; locale: string | null }>(
      'select id, locale from customers where id = $1 and erased_at is null',
      [id],
    );
    return row;
  }
}
