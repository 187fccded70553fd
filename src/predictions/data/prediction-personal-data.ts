import { Injectable } from '@nestjs/common';
import { type CustomerMerge, PersonalDataOwner, type PersonalSubject } from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';

/** What was expected of a person: a profile, so it goes with them. */
@Injectable()
export class PredictionPersonalData extends PersonalDataOwner {
  readonly name = 'predictions';
  readonly tables = ['customer_predictions', 'prediction_changes'] as const;

  async export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select at, alive, value_minor as "valueMinor", lapse_after as "lapseAfter", overdue
       from prediction_changes where customer_id = $1 order by at, id`,
      [customerId],
    );
  }

  async erase(tx: Tx, { customerId }: PersonalSubject): Promise<void> {
    await this.forget(tx, [customerId]);
  }

  /** Of the one that goes nothing is left; what is expected of both together is worked out with the next pass. */
  async merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    await this.forget(
      tx,
      merges.map(({ from }) => from),
    );
  }

  private async forget(tx: Tx, customerIds: readonly string[]): Promise<void> {
    for (const table of this.tables) {
      await tx.execute(`delete from ${table} where customer_id = any($1::uuid[])`, [customerIds]);
    }
  }
}
