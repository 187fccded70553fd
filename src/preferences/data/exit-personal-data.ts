import { Injectable } from '@nestjs/common';
import { type CustomerMerge, PersonalDataOwner, type PersonalSubject } from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';

/** Why a person left: their words go with them, the reason stays for the figures. */
@Injectable()
export class ExitPersonalData extends PersonalDataOwner {
  readonly name = 'exitAnswers';
  readonly tables = ['exit_answers'];

  export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select message_id as "messageId", step, reason, words, locale, at from exit_answers where customer_id = $1`,
      [customerId],
    );
  }

  async erase(tx: Tx, { customerId }: PersonalSubject): Promise<void> {
    await tx.execute('update exit_answers set words = null where customer_id = $1 and words is not null', [customerId]);
  }

  /** Of the records that become one the earliest answer stays: a person is counted once. */
  async merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    const merged = 'unnest($1::uuid[], $2::uuid[]) as r (from_id, into_id)';
    const values = [merges.map(({ from }) => from), merges.map(({ into }) => into)];
    await tx.execute(
      `with known as (
         select a.id, row_number() over (partition by coalesce(r.into_id, a.customer_id) order by a.at, a.id) as place
         from exit_answers a left join ${merged} on r.from_id = a.customer_id
         where a.customer_id = any($1::uuid[]) or a.customer_id = any($2::uuid[]))
       delete from exit_answers a using known k where k.id = a.id and k.place > 1`,
      values,
    );
    await tx.execute(
      `update exit_answers a set customer_id = r.into_id from ${merged} where a.customer_id = r.from_id`,
      values,
    );
  }
}
