import { Injectable } from '@nestjs/common';
import { normaliseAddress } from '../kernel/address';
import { Clock } from '../kernel/clock';
import { isUuid } from '../kernel/ids';
import { type BounceClass, type BounceFinding, readReturnedMail, type ReturnedMail } from '../messages/bounce-mail';
import { BounceBook, type BounceNote, type BounceProof, isEffective } from '../messages/bounce-book';
import { LinkTokens } from '../messages/link-tokens';
import { ReturnPaths } from '../messages/return-path';
import { Database, type Tx } from '../platform/database/database';

/** What a returned mail says of one recipient (`api.md` 8). */
export interface BounceResult {
  recipient: string | null;
  class: BounceClass;
  /** Enhanced status code (RFC 3463). */
  status: string | null;
  reason: string | null;
  /** Our id of the message that it is about. */
  messageId: string | null;
  suppressed: boolean;
}

/** Whose mail a notice is about, and why we believe it. */
interface Found {
  messageId: string;
  proof: BounceProof;
}

/** Takes returned mails, from wherever they come: reads them, finds the message, records what follows. */
@Injectable()
export class BounceDoor {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly book: BounceBook,
    private readonly returnPaths: ReturnPaths,
    private readonly tokens: LinkTokens,
  ) {}

  /** One mail, as it stands; `source` says how it came. Mail that is no notice has no effect. */
  async take(raw: Buffer, source: string): Promise<BounceResult[]> {
    const mail = await readReturnedMail(raw);
    return this.database.transaction((tx) => this.record(tx, mail, source));
  }

  /** As {@link take} of a mail that was read before, in the caller's transaction. */
  async record(tx: Tx, mail: ReturnedMail, source: string): Promise<BounceResult[]> {
    const { findings } = mail;
    const found = await this.messageOf(tx, mail);
    const now = this.clock.now();
    const telling = found ? await this.telling(tx, found.messageId, findings) : undefined;
    let suppressed = false;
    if (found && telling && isEffective(telling.class)) {
      const note: BounceNote = {
        messageId: found.messageId,
        address: telling.recipient === null ? null : (normaliseAddress(telling.recipient) ?? null),
        class: telling.class,
        reason: telling.reason,
        status: telling.status,
        said: telling.said,
        source,
        proof: found.proof,
        eventKey: null,
        at: now,
      };
      suppressed = (await this.book.record(tx, [note], now))[0] ?? false;
    }
    return findings.map((finding) => ({
      recipient: finding.recipient,
      class: finding.class,
      status: finding.status,
      reason: finding.reason,
      messageId: found?.messageId ?? null,
      suppressed: suppressed && finding === telling,
    }));
  }

  /** By what we have signed: the return path, in a complaint also the link to unsubscribe; else by our Message-ID. */
  private async messageOf(tx: Tx, { findings, sentTo, original }: ReturnedMail): Promise<Found | undefined> {
    for (const address of sentTo) {
      const messageId = this.returnPaths.readReturnPath(address);
      if (messageId !== undefined) return { messageId, proof: 'return_path' };
    }
    if (findings.some((finding) => finding.class === 'complaint')) {
      const messageId = this.signedLinkIn(original);
      if (messageId !== undefined) return { messageId, proof: 'link' };
    }
    const header = /^[>\s]*message-id:\s*(<([0-9a-f-]{36})@[^>\s]+>)/im.exec(original);
    if (!header?.[1] || !header[2] || !isUuid(header[2].toLowerCase())) return undefined;
    const messageId = header[2].toLowerCase();
    const rows = await tx.query(`select 1 from messages where id = $1 and lower(message_id_header) = lower($2)`, [
      messageId,
      header[1],
    ]);
    return rows.length === 0 ? undefined : { messageId, proof: 'message_id' };
  }

  private signedLinkIn(original: string): string | undefined {
    const unfolded = original.replace(/\r?\n[ \t]+/g, '');
    const token = /^[>\s]*list-unsubscribe:.*?\/u\/([\w-]+)/im.exec(unfolded)?.[1];
    return token === undefined ? undefined : this.tokens.read('unsubscribe', token)?.messageId;
  }

  /**
   * The finding that speaks of the message's own recipient. Behind an address there may be others, to which it forwards:
   * where several are spoken of and none is ours, the mildest counts, because one that is gone says little of the rest.
   */
  private async telling(
    tx: Tx,
    messageId: string,
    findings: readonly BounceFinding[],
  ): Promise<BounceFinding | undefined> {
    if (findings.length < 2) return findings[0];
    const [row] = await tx.query<{ recipient: string | null }>('select recipient from messages where id = $1', [
      messageId,
    ]);
    const own = findings.find(({ recipient }) => recipient !== null && normaliseAddress(recipient) === row?.recipient);
    return own ?? findings.find((finding) => finding.class !== 'hard') ?? findings[0];
  }
}
