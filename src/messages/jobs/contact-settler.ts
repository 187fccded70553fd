import { Injectable } from '@nestjs/common';
import { type ContactRef, Contacts } from '../../enrollments/contacts';
import { Database } from '../../platform/database/database';
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

  constructor(
    private readonly database: Database,
    private readonly contacts: Contacts,
  ) {}

  note({ enrollmentId, step }: ContactOwner, status: MessageStatus): void {
    if (enrollmentId === null) return;
    if (status === 'sent') this.used.push({ enrollmentId, step });
    if (status === 'skipped' || status === 'failed') this.released.push({ enrollmentId, step });
  }

  async flush(): Promise<void> {
    if (this.used.length + this.released.length === 0) return;
    const { used, released } = this;
    this.used = [];
    this.released = [];
    await this.database.transaction(async (tx) => {
      await this.contacts.confirm(tx, used);
      await this.contacts.release(tx, released);
    });
  }
}
