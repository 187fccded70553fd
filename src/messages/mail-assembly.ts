import { Injectable } from '@nestjs/common';
import { type Reason } from '../kernel/reasons';
import { AppConfig } from '../platform/config/config';
import { assembleMime } from '../platform/mail/assemble-mime';
import { keysFor, signMail } from '../platform/mail/dkim';
import { type RenderResult } from '../templates/templates.types';
import { type ClaimedRow } from './data/claim-messages.sql';
import { lintMail } from './domain/lint-mail';
import { domainOf, headersOf } from './domain/mail-envelope';
import { withHiddenLink } from './hidden-link';
import { type MessageLinks } from './link-tokens';
import { ReturnPaths } from './return-path';

/** A mail that is ready to be sent. */
export interface ComposedMail {
  ok: true;
  id: string;
  /** The envelope sender. */
  from: string;
  to: string;
  subject: string;
  octets: Buffer;
}

/** Why there is none. */
export interface NotComposed {
  ok: false;
  id: string;
  reason: Extract<Reason, 'render_failed' | 'no_recommendation'>;
  detail: string | null;
  /** Nothing was found against it: it was left alone for the sake of the others, and may be tried again. */
  untried?: true;
}

/** Makes the octets and the envelope of a mail of what was rendered. */
@Injectable()
export class MailAssembly {
  constructor(
    private readonly config: AppConfig,
    private readonly returnPaths: ReturnPaths,
  ) {}

  async assemble(
    row: ClaimedRow,
    urls: MessageLinks,
    parts: Extract<RenderResult, { ok: true }>,
  ): Promise<ComposedMail | NotComposed> {
    const from = row.sender ?? this.config.mailFrom;
    const replyTo = row.sender?.replyTo;
    const flow = row.campaignKey ?? row.origin;
    // A test shows the mail as it will be; from transactional mail nobody can unsubscribe.
    const unsubscribeUrl = row.basis === 'transactional' && row.origin !== 'test' ? null : urls.unsubscribe;
    try {
      const unsigned = assembleMime({
        from,
        to: row.recipient,
        ...(replyTo === undefined ? {} : { replyTo }),
        subject: parts.subject,
        messageId: row.messageIdHeader,
        date: row.dateHeader,
        headers: headersOf({
          from,
          store: this.config.store.name,
          flow,
          list: row.topic ?? flow,
          step: row.step,
          unsubscribeUrl,
          postmarkId: this.config.mailWebhooks.postmarkLogins.length > 0 ? row.id : undefined,
        }),
        // A link that records who follows it is one of those that a person may refuse.
        html: row.trackClicks ? withHiddenLink(parts.html, urls.hidden) : parts.html,
        text: parts.text,
      });
      const { messageIdHeader: messageId, recipient } = row;
      const isPublic = this.config.publicUrl.startsWith('https:');
      const faults = lintMail(unsigned, { messageId, recipient, unsubscribeUrl, isPublic, links: parts.links });
      if (faults.length > 0) return notRendered(row.id, `the mail has faults: ${faults.join('; ')}`);
      const octets = await signMail(unsigned, keysFor(this.config.dkimKeys, domainOf(from.address)));
      const sender = this.returnPaths.returnPathOf(row.id) ?? from.address;
      return { ok: true, id: row.id, from: sender, to: row.recipient, subject: parts.subject, octets };
    } catch (error) {
      return notRendered(row.id, error instanceof Error ? error.message : String(error));
    }
  }
}

export function notRendered(id: string, detail: string): NotComposed {
  return { ok: false, id, reason: 'render_failed', detail };
}
