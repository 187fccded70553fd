import { Injectable } from '@nestjs/common';
import { type Tx } from '../platform/database/database';

/** A contact is known by the step that it is for. */
export interface ContactRef {
  enrollmentId: string;
  step: string;
}

/**
 * The contact ledger, over all campaigns: reserved in the claim that makes a mail, used when it went out, released when
 * it did not. Caps count it, never messages.
 */
@Injectable()
export class Contacts {
  /** The mails went out. */
  confirm(tx: Tx, contacts: readonly ContactRef[]): Promise<void> {
    return this.settle(tx, contacts, 'used');
  }

  /** The mails did not go out and never will: they use up no cap. */
  release(tx: Tx, contacts: readonly ContactRef[]): Promise<void> {
    return this.settle(tx, contacts, 'released');
  }

  private async settle(tx: Tx, contacts: readonly ContactRef[], state: 'used' | 'released'): Promise<void> {
    if (contacts.length === 0) return;
    await tx.execute(
      `update contacts c set state = $3 from unnest($1::uuid[], $2::text[]) as u (enrollment_id, step)
       where c.enrollment_id = u.enrollment_id and c.step = u.step and c.state <> $3`,
      [contacts.map((one) => one.enrollmentId), contacts.map((one) => one.step), state],
    );
  }
}
