import { Injectable } from '@nestjs/common';
import { PersonalDataOwners } from '../customers/personal-data';
import { type Queryable } from '../platform/database/database';
import { personalSubject } from './data/personal-subject.sql';

/** Everything that is stored about a person. */
@Injectable()
export class PersonalExport {
  constructor(private readonly owners: PersonalDataOwners) {}

  /** One part per owner of personal data: `{ customer: ..., orders: [...], messages: [...] }`; null: nobody has the id. */
  async collect(db: Queryable, customerId: string): Promise<Record<string, unknown> | null> {
    const subject = await personalSubject(db, customerId);
    if (!subject) return null;
    const parts: Record<string, unknown> = {};
    for (const owner of this.owners.all()) parts[owner.name] = await owner.export(db, subject);
    return parts;
  }
}
