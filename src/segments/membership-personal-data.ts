import { Injectable } from '@nestjs/common';
import { type CustomerMerge, PersonalDataOwner, type PersonalSubject } from '../customers/personal-data';
import { type Queryable, type Tx } from '../platform/database/database';
import { WHOLE } from '../customers/changed-facts';
import { HOLD_MEMBERSHIP, queueTouches } from './data/membership.sql';

/** Which segments a person is and was in. It names nobody by itself. */
@Injectable()
export class MembershipPersonalData extends PersonalDataOwner {
  readonly name = 'segments';
  readonly tables = ['segment_members', 'segment_changes', 'segment_clock', 'segment_touches'] as const;

  export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select s.key as segment, h.at, case when h.entered then 'entered' else 'left' end as change, h.cause
       from segment_changes h left join segments s on s.id = h.segment_id
       where h.customer_id = $1 order by h.id`,
      [customerId],
    );
  }

  /** An erased person is in no segment: the membership worker finds that out and closes the history. */
  async erase(tx: Tx, { customerId }: PersonalSubject, at: Date): Promise<void> {
    await tx.execute(queueTouches([{ customerId, facts: WHOLE, cause: 'event', starts: false }], at));
  }

  /**
   * The record that stays keeps its own memberships and is judged anew by whoever merges; two histories laid over each
   * other would say nothing about either. Waits for a worker that may be judging the record that goes.
   */
  async merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    await tx.execute(HOLD_MEMBERSHIP);
    const from = merges.map((merge) => merge.from);
    for (const table of this.tables)
      await tx.execute(`delete from ${table} where customer_id = any($1::uuid[])`, [from]);
  }
}
