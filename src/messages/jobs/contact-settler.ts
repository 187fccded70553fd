import { Injectable } from '@nestjs/common';
import { type ContactRef, Contacts } from '../../enrollments/contacts';
import { LateContacts } from '../../enrollments/late-contacts';
import { Database } from '../../platform/database/database';
import { AppLogger } from '../../platform/logging/logger';
import { type ClaimedRow } from '../data/claim-messages.sql';
import { type Halt } from '../domain/before-send';
import { type MessageStatus } from '../domain/message-states';

/** Whose contact a message is; null for those outside campaigns. */
export interface ContactOwner {
  enrollmentId: string | null;
  step: string;
}

/** A mail that goes out within this time of the engine's word needs no second one. */
const PUNCTUAL_MS = 60_000;

/**
 * Between the sender and the contact policy: asks it again about mails that come late, and tells the contact ledger which reserved contacts went out and which never will. Gathered, and written behind the mails:
 * a reserved contact counts like a used one, so what a crash loses of it only ever holds a mail back.
 */
@Injectable()
export class ContactSettler {
  private used: ContactRef[] = [];
  private released: ContactRef[] = [];
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly contacts: Contacts,
    private readonly late: LateContacts,
    private readonly logger: AppLogger,
  ) {}

  /**
   * What the contact policy holds back of a claim, by message: retries, and what an outage, a stop or a pause has kept, may
   * come up in the quiet hours. They wait for the end of these, or are skipped where that is too late for them.
   */
  async heldBack(rows: readonly ClaimedRow[], now: Date): Promise<Map<string, Halt>> {
    const late = rows.flatMap((row) => {
      const { id, enrollmentId, basis, refusal, queuedAt, step, expiresAt } = row;
      const isAsked = enrollmentId !== null && basis !== 'transactional' && refusal === null && now <= expiresAt;
      if (!isAsked || now.getTime() - queuedAt.getTime() <= PUNCTUAL_MS) return [];
      return [{ id, enrollmentId, step, expiresAt }];
    });
    const held = await this.late.heldBack(this.database, late, now);
    return new Map(
      [...held].map(([{ id }, what]): [string, Halt] => [
        id,
        'until' in what
          ? { status: 'queued', reason: null, nextTryAt: what.until }
          : { status: 'skipped', reason: what.reason },
      ]),
    );
  }

  note({ enrollmentId, step }: ContactOwner, status: MessageStatus): void {
    if (enrollmentId === null) return;
    if (status === 'sent') this.used.push({ enrollmentId, step });
    if (status === 'skipped' || status === 'failed') this.released.push({ enrollmentId, step });
  }

  /** Writes what was noted so far; waits for a write that is under way. Never rejects: what failed comes again. */
  flush(): Promise<void> {
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    if (this.used.length + this.released.length === 0) return;
    const { used, released } = this;
    this.used = [];
    this.released = [];
    try {
      await this.database.transaction(async (tx) => {
        await this.contacts.confirm(tx, used);
        await this.contacts.release(tx, released);
      });
    } catch (error) {
      this.used.push(...used);
      this.released.push(...released);
      this.logger.failure('contacts could not be settled; they are settled later', error);
    }
  }
}
