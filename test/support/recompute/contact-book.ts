import { type Decision } from '../../../src/segments/segment-conditions';
import { ContactDesk, type ContactPolicy, type PastContact } from '../../../src/enrollments/domain/contact-policy';

/** A mail that was let go. It counts from then on, until (perhaps) it turns out that it never goes out. */
export interface BookedContact extends PastContact {
  releasedAt: Date | null;
}

/** The contacts of one person, as the recomputation finds them. */
export class ContactBook {
  private readonly booked: BookedContact[] = [];

  constructor(private readonly policy: ContactPolicy) {}

  note(contact: BookedContact): void {
    this.booked.push(contact);
  }

  /** The desk of the arbiter as of an instant. What is released at an instant still counted in the claims of it. */
  desk(zone: string, at: Date, onHold: Decision | null): ContactDesk {
    const contacts = this.booked.filter(({ releasedAt }) => releasedAt === null || releasedAt >= at);
    return new ContactDesk(this.policy, { zone, contacts, onHold }, at);
  }

  /** The desk for mails that come later than they were let go: their place is taken already. */
  lateDesk(zone: string, at: Date, onHold: Decision | null): ContactDesk {
    return new ContactDesk({ ...this.policy, maxMessages: null, per: null }, { zone, contacts: [], onHold }, at);
  }
}
