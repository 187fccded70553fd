import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { normaliseAddress } from '../kernel/address';
import { Clock, SystemClock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { isUuid } from '../kernel/ids';
import { readRefusal } from '../messages/bounce-mail';
import { BounceBook, type BounceNote, isEffective } from '../messages/bounce-book';
import { ReturnPaths } from '../messages/return-path';
import { AppConfig } from '../platform/config/config';
import { Database, type Tx } from '../platform/database/database';
import { DeliveryIds } from './delivery-ids';
import { judgeProvider } from './domain/judge-provider';
import { ARRIVALS } from './domain/provider-arrivals';
import {
  mailgunEvents,
  postmarkEvents,
  type ProviderEvent,
  resendEvents,
  sendgridEvents,
  sesEvents,
} from './domain/provider-events';
import {
  type Headers,
  isMailgun,
  isPostmark,
  isResend,
  isSendgrid,
  type MailgunSignature,
  type SnsMessage,
} from './domain/provider-signatures';
import { SnsDoor } from './sns-door';

export const PROVIDERS = ['ses', 'sendgrid', 'postmark', 'mailgun', 'resend'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Answer of `POST /webhooks/mail/:provider`: how many bounces and complaints were in it. */
export interface ProviderReceipt {
  events: number;
  duplicate: boolean;
}

/** A delivery that was proven. `key`: by what it is known when it comes again; null where each event has an id. */
interface Delivery {
  events: ProviderEvent[];
  /** Message-IDs of mails that the provider has taken or delivered. */
  arrivals: string[];
  key: string | null;
}

/** Takes the notices of mail providers, each proven in its provider's own way over the raw body. */
@Injectable()
export class ProviderDoor {
  constructor(
    private readonly config: AppConfig,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly book: BounceBook,
    private readonly returnPaths: ReturnPaths,
    private readonly sns: SnsDoor,
    private readonly ids: DeliveryIds,
  ) {}

  /**
   * One delivery. A repeat has no effect. That a mail was taken or delivered proves one that is uncertain; of the rest only
   * bounces and complaints have an effect.
   * @throws Refusal 404: a provider that is unknown or not set up; 401: not proven; 422: no JSON of the provider's form.
   */
  async take(provider: string, headers: Headers, body: Buffer): Promise<ProviderReceipt> {
    const known = PROVIDERS.find((name) => name === provider);
    if (!known || !this.isSetUp(known)) throw Refusal.notFound(`The mail provider ${provider.slice(0, 40)}`);
    const { events, arrivals, key } = await this.prove(known, headers, body);
    return this.database.transaction(async (tx) => {
      if (key !== null && !(await this.ids.isNew(tx, `${known}:${key}`, this.clock.now())))
        return { events: 0, duplicate: true };
      await this.arrived(tx, arrivals);
      const notes = await this.notesOf(tx, known, events);
      await this.book.record(tx, notes, this.clock.now());
      return { events: notes.length, duplicate: false };
    });
  }

  private isSetUp(provider: Provider): boolean {
    const { sesTopics, sendgridKeys, postmarkLogins, mailgunKeys, resendSecrets } = this.config.mailWebhooks;
    const has = {
      ses: sesTopics,
      sendgrid: sendgridKeys,
      postmark: postmarkLogins,
      mailgun: mailgunKeys,
      resend: resendSecrets,
    };
    return has[provider].length > 0;
  }

  private async prove(provider: Provider, headers: Headers, body: Buffer): Promise<Delivery> {
    const { mailWebhooks: known } = this.config;
    // The test clock stands still; providers stamp with the time of the world.
    const nows = [this.clock.now(), new SystemClock().now()];
    switch (provider) {
      case 'ses': {
        const message = jsonOf(body) as SnsMessage;
        const notice = await this.sns.take(message, known.sesTopics, nows);
        const id = message.MessageId ?? '';
        const events = notice === undefined ? [] : sesEvents(notice, id);
        return { events, arrivals: ARRIVALS.ses(notice), key: id };
      }
      case 'sendgrid':
        if (!isSendgrid(headers, body, known.sendgridKeys, nows)) throw unproven();
        return { ...readBy(sendgridEvents, ARRIVALS.sendgrid, jsonOf(body)), key: digestOf(body) };
      case 'postmark':
        if (!isPostmark(headers, known.postmarkLogins)) throw unproven();
        return { ...readBy(postmarkEvents, ARRIVALS.postmark, jsonOf(body)), key: digestOf(body) };
      case 'mailgun': {
        const json = jsonOf(body);
        const { timestamp, token, signature } = (json.signature ?? {}) as Partial<
          Record<keyof MailgunSignature, unknown>
        >;
        const given = { timestamp: text(timestamp), token: text(token), signature: text(signature) };
        if (!isMailgun(given, known.mailgunKeys, nows)) throw unproven();
        return { ...readBy(mailgunEvents, ARRIVALS.mailgun, json), key: given.token };
      }
      case 'resend': {
        if (!isResend(headers, body, known.resendSecrets, nows)) throw unproven();
        const id = text(headers['svix-id']) || text(headers['webhook-id']);
        const json = jsonOf(body);
        return { events: resendEvents(json, id), arrivals: ARRIVALS.resend(json), key: id };
      }
      default:
        return provider satisfies never;
    }
  }

  private async notesOf(tx: Tx, provider: Provider, events: readonly ProviderEvent[]): Promise<BounceNote[]> {
    const at = this.clock.now();
    const ours = await this.ours(
      tx,
      events.map(({ messageIdHeader }) => messageIdHeader),
    );
    return events.flatMap((event): BounceNote[] => {
      const address = normaliseAddress(event.recipient) ?? null;
      const said = readRefusal(event.said, event.status);
      const judged = judgeProvider(event.kind, said);
      if (!isEffective(judged.class)) return [];
      return [
        {
          messageId: this.messageOf(event, ours),
          address,
          class: judged.class,
          reason: judged.reason,
          status: said.status,
          said: said.said,
          source: provider,
          proof: 'webhook',
          eventKey: event.id === null ? null : `${provider}:${event.id}`.slice(0, 300),
          at,
        },
      ];
    });
  }

  private messageOf(event: ProviderEvent, ours: ReadonlySet<string>): string | null {
    const signed = event.returnPath === null ? undefined : this.returnPaths.readReturnPath(event.returnPath);
    if (signed !== undefined) return signed;
    const named = idIn(event.messageIdHeader);
    return named !== undefined && ours.has(named) ? named : null;
  }

  private async arrived(tx: Tx, arrivals: readonly string[]): Promise<void> {
    if (arrivals.length === 0) return;
    await this.book.arrived(tx, [...(await this.ours(tx, arrivals))], this.clock.now());
  }

  /** Which of the Message-IDs that are named are ours, to the letter; Postmark gives back the id alone. */
  private async ours(tx: Tx, headers: ReadonlyArray<string | null>): Promise<Set<string>> {
    const named = headers.flatMap((header) => {
      const id = idIn(header);
      return id === undefined || header === null ? [] : [{ id, header: header.trim().toLowerCase() }];
    });
    if (named.length === 0) return new Set();
    const rows = await tx.query<{ id: string }>(
      `select m.id from messages m join unnest($1::uuid[], $2::text[]) as n (id, header)
         on m.id = n.id and n.header in (lower(m.message_id_header), m.id::text)`,
      [named.map(({ id }) => id), named.map(({ header }) => header)],
    );
    return new Set(rows.map(({ id }) => id));
  }
}

function readBy<Body>(
  events: (body: Body) => ProviderEvent[],
  arrivals: (body: Body) => string[],
  body: Body,
): Omit<Delivery, 'key'> {
  return { events: events(body), arrivals: arrivals(body) };
}

function idIn(header: string | null): string | undefined {
  const id = /^\s*(?:<([0-9a-f-]{36})@|([0-9a-f-]{36})\s*$)/i
    .exec(header ?? '')
    ?.slice(1)
    .find(Boolean)
    ?.toLowerCase();
  return id !== undefined && isUuid(id) ? id : undefined;
}

function jsonOf(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw Refusal.invalid([{ path: '', message: 'is not a JSON object or array' }]);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const digestOf = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

function unproven(): Refusal {
  return new Refusal('unauthenticated', 'The signature is not good.');
}
