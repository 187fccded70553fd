import { Injectable } from '@nestjs/common';
import {
  type CustomerMerge,
  handOverRows,
  PersonalDataOwner,
  type PersonalSubject,
} from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';

/** Hits are a person's doings: exported, handed over, and stripped of the user agent when the person is erased. */
@Injectable()
export class TrackingPersonalData extends PersonalDataOwner {
  readonly name = 'hits';
  readonly tables = ['hits'];

  export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select message_id as "messageId", kind, url, at, machine, rule, user_agent as "userAgent", method
       from hits where customer_id = $1 order by at, id`,
      [customerId],
    );
  }

  async erase(tx: Tx, { customerId }: PersonalSubject): Promise<void> {
    await tx.execute('update hits set user_agent = null, url = null where customer_id = $1', [customerId]);
  }

  merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    return handOverRows(tx, merges, this.tables);
  }
}
