import { Injectable } from '@nestjs/common';
import { type ContactRef, Contacts } from '../../enrollments/contacts';
import { Database } from '../../platform/database/database';
import { AppLogger } from '../../platform/logging/logger';
import { type MessageStatus } from '../domain/message-states';

/** Whose contact a message is; null for those outside campaigns. */
export interface ContactOwner {
  enrollmentId: string | null;
  step: string;
}

/**
 * Tells the contact ledger which reserved contacts went out and which never will. Gathered, and written behind the mails:
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
    private readonly logger: AppLogger,
  ) {}

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
