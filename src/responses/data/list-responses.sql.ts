import { type Sql } from '../../platform/database/database';
import { type ResponseView } from '../responses.types';

/** Filters of the list; those that are null do not filter. */
export interface ResponseFilter {
  surveyId: string;
  /** Words of a comment or follow-up answer, in any case. */
  search: string | null;
  minScore: number | null;
  maxScore: number | null;
  choice: string | null;
  campaignId: string | null;
  customerId: string | null;
}

export interface ResponseRow extends Omit<ResponseView, 'score' | 'customer' | 'answeredAt' | 'updatedAt'> {
  score: string | null;
  customerId: string;
  externalId: string | null;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  answeredAt: Date;
  updatedAt: Date;
}

/**
 * A page of answers, newest first. Served by (survey_id, id); a search reads those that have words at all
 * (survey_responses_words).
 */
export function listResponses(filter: ResponseFilter, before: string | null, limit: number): Sql {
  return {
    text: `
      select r.id, r.customer_id as "customerId", c.external_id as "externalId", c.email, c.first_name as "firstName",
        c.last_name as "lastName", r.message_id as "messageId", r.enrollment_id as "enrollmentId",
        r.campaign_id as "campaignId", k.key as campaign, r.step, r.order_id as "orderId",
        o.external_id as "orderExternalId", r.kind, r.score, r.choice, r.answers, r.scale, r.comment,
        r.follow_up_answer as "followUpAnswer", r.locale, r.answered_at as "answeredAt", r.updated_at as "updatedAt",
        r.changes
      from survey_responses r
      join campaigns k on k.id = r.campaign_id
      left join customers c on c.id = r.customer_id
      left join orders o on o.id = r.order_id
      where r.survey_id = $1 and ($2::uuid is null or r.id < $2::uuid)
        ${
          filter.search === null
            ? 'and $3::text is null'
            : `and (r.comment is not null or r.follow_up_answer is not null)
              and (r.comment ilike $3 or r.follow_up_answer ilike $3)`
        }
        and ($4::numeric is null or r.score >= $4::numeric) and ($5::numeric is null or r.score <= $5::numeric)
        and ($6::text is null or r.choice = $6) and ($7::uuid is null or r.campaign_id = $7::uuid)
        and ($8::uuid is null or r.customer_id = $8::uuid)
      order by r.id desc limit $9`,
    values: [
      filter.surveyId,
      before,
      filter.search === null ? null : `%${filter.search.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`,
      filter.minScore,
      filter.maxScore,
      filter.choice,
      filter.campaignId,
      filter.customerId,
      limit,
    ],
  };
}
