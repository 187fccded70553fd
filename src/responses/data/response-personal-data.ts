import { Injectable } from '@nestjs/common';
import {
  type CustomerMerge,
  handOverRows,
  PersonalDataOwner,
  type PersonalSubject,
} from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';

/** Answers are a person's words and marks: the words go with the person, the marks stay for the figures. */
@Injectable()
export class ResponsePersonalData extends PersonalDataOwner {
  readonly name = 'surveyAnswers';
  readonly tables = ['survey_responses'];

  export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select s.key as survey, r.kind, r.message_id as "messageId", r.step, r.score, r.choice, r.answers, r.scale,
         r.comment, r.follow_up_answer as "followUpAnswer", r.locale, r.answered_at as "answeredAt",
         r.updated_at as "updatedAt"
       from survey_responses r join surveys s on s.id = r.survey_id where r.customer_id = $1 order by r.id`,
      [customerId],
    );
  }

  async erase(tx: Tx, { customerId }: PersonalSubject): Promise<void> {
    await tx.execute(
      `update survey_responses set comment = null, follow_up_answer = null
       where customer_id = $1 and (comment is not null or follow_up_answer is not null)`,
      [customerId],
    );
  }

  merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    return handOverRows(tx, merges, this.tables);
  }
}
