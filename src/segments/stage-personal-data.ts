import { Injectable } from '@nestjs/common';
import { type CustomerMerge, handOverRows, PersonalDataOwner, type PersonalSubject } from '../customers/personal-data';
import { type Queryable, type Tx } from '../platform/database/database';

/** What is kept about a person's stages: when which, and why. It names nobody by itself. */
@Injectable()
export class StagePersonalData extends PersonalDataOwner {
  readonly name = 'stages';
  readonly tables = ['customer_stages', 'stage_transitions'] as const;

  export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select at, from_stage as "from", to_stage as "to", cause from stage_transitions
       where customer_id = $1 order by at, id`,
      [customerId],
    );
  }

  /** Stages say nothing about who somebody is, and reports of past days are made of them. */
  async erase(): Promise<void> {
    return Promise.resolve();
  }

  /** The history of both stands under one name; the stage itself is computed anew by whoever merges (`Stages.touch`). */
  async merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    await handOverRows(tx, merges, ['stage_transitions']);
    await tx.execute('delete from customer_stages where customer_id = any($1::uuid[])', [
      merges.map(({ from }) => from),
    ]);
  }
}
