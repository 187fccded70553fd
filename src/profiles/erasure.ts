import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { PersonalDataOwners } from '../customers/personal-data';
import { type Tx } from '../platform/database/database';
import { personalSubject } from './data/personal-subject.sql';

/** Makes a person disappear from everything that is stored, and keeps the figures that rest on the record. */
@Injectable()
export class Erasure {
  constructor(
    private readonly owners: PersonalDataOwners,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Erases a person in the caller's transaction: every owner of personal data removes what identifies, the modules
   * downstream first, the customer last, who leaves keyed hashes behind so that no import or event brings the person
   * back without a new consent. Erasing twice does nothing more.
   *
   * @param at the clock's now
   * @returns false when there is no such customer
   */
  async erase(tx: Tx, customerId: string, at: Date): Promise<boolean> {
    await tx.query('select 1 from customers where id = $1 for update', [customerId]);
    const subject = await personalSubject(tx, customerId);
    if (!subject) return false;
    for (const owner of [...this.owners.all()].reverse()) await owner.erase(tx, subject, at);
    await this.audit.record(tx, { action: 'customer.erase', resource: `customer:${customerId}` });
    return true;
  }
}
