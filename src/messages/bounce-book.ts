import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { IdentityHash } from '../customers/identity-hash';
import { type NewSuppression, Suppressions } from '../customers/suppressions';
import { newId } from '../kernel/ids';
import { Database, type Tx } from '../platform/database/database';
import { type Page, pageOf, type PageQuery } from '../platform/http/page';
import { decodeTimeCursor } from '../platform/http/time-cursor';
import {
  type BouncedMessage,
  bouncedMessages,
  type BounceFilter,
  type BounceRow,
  insertBounces,
  listBounces,
  triesOf,
} from './data/bounces.sql';
import { type BounceClass } from './domain/bounces/bounce-class';
import { type AddressTry, isSoftStreak } from './domain/bounces/soft-streak';
import { pausesAtOnce } from './domain/sender-faults';
import { MessageMarks } from './message-marks';
import { SenderPauses } from './sender-pauses';

/** Classes that have effects; a delay, an auto-reply and what is no bounce have none. */
export const EFFECTIVE_CLASSES = ['hard', 'soft', 'message_fault', 'sender_fault', 'complaint'] as const;
export type EffectiveClass = (typeof EFFECTIVE_CLASSES)[number];

/**
 * Why a notice is believed: it came to our signed return path, or holds a signed link of the mail; a provider has signed
 * it; our own connection was refused. `message_id`: anybody can have written it, so it marks the message and no more.
 */
export type BounceProof = 'return_path' | 'link' | 'webhook' | 'connection' | 'message_id';

/** What somebody says of a mail that went out. */
export interface BounceNote {
  /** Null: a provider speaks of a mail that is not ours to find. */
  messageId: string | null;
  /** Normalised; what the notice names. Of a message that we know, the address that it went to counts instead. */
  address: string | null;
  class: EffectiveClass;
  reason: string | null;
  /** Enhanced status code (RFC 3463). */
  status: string | null;
  said: string;
  /** `smtp`, `api`, `mailbox`, `maildir`, or the provider. */
  source: string;
  proof: BounceProof;
  /** The provider's id of the event. */
  eventKey: string | null;
  at: Date;
}

/** A bounce as clients see it. Instants are ISO 8601. */
export interface BounceView {
  id: string;
  messageId: string | null;
  customerId: string | null;
  class: EffectiveClass;
  reason: string | null;
  status: string | null;
  said: string | null;
  source: string;
  proof: BounceProof;
  at: string;
  recordedAt: string;
}

interface ListedRow extends Omit<BounceView, 'at' | 'recordedAt'> {
  at: Date;
  recordedAt: Date;
}

/** A note with what it turned out to be about. */
interface Placed {
  note: BounceNote;
  row: BounceRow;
  address: string;
  message: BouncedMessage | undefined;
}

const LONGEST_SAID = 500;

export function isEffective(of: BounceClass): of is EffectiveClass {
  return (EFFECTIVE_CLASSES as readonly string[]).includes(of);
}

/** What came back, and what follows from it: the one place where a bounce or a complaint takes effect. */
@Injectable()
export class BounceBook {
  constructor(
    private readonly database: Database,
    private readonly marks: MessageMarks,
    private readonly suppressions: Suppressions,
    private readonly pauses: SenderPauses,
    private readonly hashes: IdentityHash,
    private readonly audit: AuditLog,
  ) {}

  /** A provider says of these messages that it has them: one that was uncertain is `sent`. */
  async arrived(tx: Tx, messageIds: readonly string[], at: Date): Promise<void> {
    // In one order, as all who mark messages at the same time.
    const marks = [...messageIds]
      .sort()
      .map((messageId) => ({ messageId, kind: 'delivery', at, machine: false }) as const);
    await this.marks.apply(tx, marks);
  }

  /**
   * Records notes with all that follows, in the caller's transaction: the mark on the message; of what is proven a
   * suppression (hard and complaint at once, soft when it is the third in a row within 14 days) and the pause of a
   * sending domain that receivers call unauthenticated; an audit line each. What was told before has no effect again.
   *
   * @returns of each note whether its address is suppressed now on proof of this kind.
   */
  async record(tx: Tx, notes: readonly BounceNote[], now: Date): Promise<boolean[]> {
    const placed = await this.place(tx, notes);
    const rows = placed.flatMap((one) => (one ? [one.row] : []));
    if (rows.length === 0) return notes.map(() => false);
    const written = await tx.query<{ id: string }>(insertBounces(rows, now));
    const isFresh = new Set(written.map(({ id }) => id));
    const fresh = placed.filter((one): one is Placed => one !== undefined && isFresh.has(one.row.id));
    await this.mark(tx, fresh, now);
    await this.suppressions.add(tx, await this.toSuppress(tx, fresh, now));
    await this.pauseSenders(tx, fresh, now);
    for (const { note, row } of fresh) {
      const { class: is, reason, status, source, proof } = note;
      const resource = row.messageId === null ? `bounce:${row.id}` : `message:${row.messageId}`;
      await this.audit.record(tx, {
        action: 'bounce.record',
        resource,
        after: { class: is, reason, status, source, proof },
      });
    }
    return this.suppressedNow(tx, placed);
  }

  /** What came back, newest first. */
  async list({ limit, cursor }: PageQuery, filter: BounceFilter): Promise<Page<BounceView>> {
    const rows = await this.database.query<ListedRow>(listBounces(filter, decodeTimeCursor(cursor), limit + 1));
    return pageOf(
      rows,
      limit,
      (row) => ({ ...row, at: row.at.toISOString(), recordedAt: row.recordedAt.toISOString() }),
      (row) => [row.recordedAt.toISOString(), row.id],
    );
  }

  private async place(tx: Tx, notes: readonly BounceNote[]): Promise<Array<Placed | undefined>> {
    const ids = [...new Set(notes.flatMap(({ messageId }) => messageId ?? []))].sort();
    const found = ids.length === 0 ? [] : await tx.query<BouncedMessage>(bouncedMessages(ids));
    const messages = new Map(found.map((message) => [message.id, message]));
    return notes.map((note) => {
      const message = messages.get(note.messageId ?? '');
      const address = message?.recipient ?? note.address;
      // A person who was erased is known by nothing any more; what nobody can place is nobody's.
      if (address === null || (!message && note.proof !== 'webhook')) return undefined;
      const row: BounceRow = {
        id: newId(note.at),
        messageId: message?.id ?? null,
        customerId: message?.customerId ?? null,
        addressHash: this.hashes.address(address),
        class: note.class,
        reason: note.reason,
        status: note.status,
        said: note.said === '' ? null : note.said.slice(0, LONGEST_SAID).replaceAll('\0', ''),
        source: note.source,
        proof: note.proof,
        eventKey: message ? null : note.eventKey,
        at: note.at,
      };
      return { note, row, address, message };
    });
  }

  private async mark(tx: Tx, fresh: readonly Placed[], now: Date): Promise<void> {
    // A mail that our own connection saw refused never left: it has failed, and nothing came back.
    const returned = fresh.filter(({ note, message }) => message && note.proof !== 'connection');
    await this.marks.apply(
      tx,
      returned.map(({ note, row }) => ({
        messageId: row.messageId ?? '',
        kind: note.class === 'complaint' ? 'complaint' : 'bounce',
        at: now,
        machine: false,
      })),
    );
  }

  private async toSuppress(tx: Tx, fresh: readonly Placed[], now: Date): Promise<NewSuppression[]> {
    const wanted: NewSuppression[] = [];
    for (const { note, row, address, message } of fresh) {
      if (note.proof === 'message_id') continue;
      const reason = await this.reasonFor(tx, note, row, address, message);
      if (reason === undefined) continue;
      const evidence = {
        class: note.class,
        reason: note.reason,
        status: note.status,
        messageId: row.messageId,
        source: note.source,
        proof: note.proof,
        at: note.at.toISOString(),
      };
      wanted.push({ address, reason, evidence, at: now });
    }
    return wanted;
  }

  private async reasonFor(
    tx: Tx,
    note: BounceNote,
    row: BounceRow,
    address: string,
    message: BouncedMessage | undefined,
  ): Promise<string | undefined> {
    switch (note.class) {
      case 'hard':
        return 'hard_bounce';
      case 'complaint':
        return 'complaint';
      case 'soft': {
        if (!message?.customerId) return undefined;
        const tries = await tx.query<AddressTry>(triesOf(message.customerId, address, row.addressHash, note.at));
        return isSoftStreak(tries) ? 'soft_bounces' : undefined;
      }
      case 'message_fault':
      case 'sender_fault':
        return undefined;
      default:
        return note.class satisfies never;
    }
  }

  private async pauseSenders(tx: Tx, fresh: readonly Placed[], now: Date): Promise<void> {
    for (const { note, message } of fresh) {
      // What our own connection hears is counted where it is heard.
      if (note.class !== 'sender_fault' || note.proof === 'message_id' || note.proof === 'connection') continue;
      const domain = /@([^@>\s]+)>?$/.exec(message?.messageIdHeader ?? '')?.[1];
      if (domain === undefined || !pausesAtOnce(note.status)) continue;
      const evidence = { messageId: message?.id, status: note.status, source: note.source };
      await this.pauses.pause(tx, { domain, reason: note.reason ?? 'policy', evidence }, now);
    }
  }

  private async suppressedNow(tx: Tx, placed: ReadonlyArray<Placed | undefined>): Promise<boolean[]> {
    const hashes = placed.flatMap((one) => (one && one.note.proof !== 'message_id' ? [one.row.addressHash] : []));
    const rows = await tx.query<{ hash: string }>(
      `select encode(address_hash, 'hex') as hash from suppressions where address_hash = any($1::bytea[]) and scope = 'all'`,
      [hashes],
    );
    const suppressed = new Set(rows.map(({ hash }) => hash));
    return placed.map(
      (one) =>
        one !== undefined && one.note.proof !== 'message_id' && suppressed.has(one.row.addressHash.toString('hex')),
    );
  }
}
