import { type Scale, type SurveyKind } from '../../surveys/surveys.types';
import { type Sql } from '../../platform/database/database';
import { type Answer } from '../responses.types';

/** An answer to be recorded for a message. */
export interface NewAnswer extends Answer {
  id: string;
  surveyId: string;
  surveyVersion: number;
  customerId: string;
  messageId: string;
  enrollmentId: string;
  campaignId: string;
  step: string;
  orderId: string | null;
  kind: SurveyKind;
  scale: (Scale & { currency?: string }) | null;
  locale: string;
}

/** The first answer of a message. No row comes back when there is one already: it waits for one that is being written. */
export function insertAnswer(answer: NewAnswer, now: Date): Sql {
  return {
    name: 'responses.insert',
    text: `
      insert into survey_responses (id, survey_id, survey_version, customer_id, message_id, enrollment_id, campaign_id, step,
        order_id, kind, score, choice, answers, scale, comment, locale, answered_at, updated_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)
      on conflict (message_id) do nothing returning id`,
    values: [
      answer.id,
      answer.surveyId,
      answer.surveyVersion,
      answer.customerId,
      answer.messageId,
      answer.enrollmentId,
      answer.campaignId,
      answer.step,
      answer.orderId,
      answer.kind,
      answer.score,
      answer.choice,
      json(answer.answers),
      json(answer.scale),
      answer.comment,
      answer.locale,
      now,
    ],
  };
}

export interface HeldAnswer {
  id: string;
  score: string | null;
  choice: string | null;
  answers: Answer['answers'];
  comment: string | null;
  answeredAt: Date;
  updatedAt: Date;
}

/** The answer that stands, held until the transaction ends: of two at once the second changes the first. */
export function holdAnswer(messageId: string): Sql {
  return {
    text: `select id, score, choice, answers, comment, answered_at as "answeredAt", updated_at as "updatedAt"
      from survey_responses where message_id = $1 for update`,
    values: [messageId],
  };
}

/** Changes an answer that is held. `keepsWords`: what was answered to the follow-up question still answers it. */
export function changeAnswer(id: string, answer: Answer & { locale: string }, keepsWords: boolean, at: Date): Sql {
  return {
    text: `
      update survey_responses set score = $2, choice = $3, answers = $4, comment = $5, locale = $6, updated_at = $7,
        follow_up_answer = case when $8 then follow_up_answer end, changes = changes + 1
      where id = $1`,
    values: [id, answer.score, answer.choice, json(answer.answers), answer.comment, answer.locale, at, keepsWords],
  };
}

export function writeFollowUp(id: string, words: string | null, now: Date): Sql {
  return {
    text: 'update survey_responses set follow_up_answer = $2, updated_at = $3 where id = $1',
    values: [id, words, now],
  };
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
