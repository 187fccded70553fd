import { jsonArray, plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';
import { type Decision } from '../domain/advance';

export interface NewDecision {
  enrollmentId: string;
  customerId: string;
  campaignId: string;
  decision: Decision;
}

/** Logs what a claim decided; in the order in which it was. */
export function insertDecisions(rows: readonly NewDecision[], at: Date): Sql {
  return {
    name: 'enrollments.insert-decisions',
    text: `insert into enrollment_decisions (enrollment_id, customer_id, campaign_id, at, step, kind, outcome, reason, values)
      select u.enrollment_id, u.customer_id, u.campaign_id, $9, u.step, u.kind, u.outcome, u.reason, u.values::jsonb
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
        as u (enrollment_id, customer_id, campaign_id, step, kind, outcome, reason, values)`,
    values: [
      plainArray(rows.map((row) => row.enrollmentId)),
      plainArray(rows.map((row) => row.customerId)),
      plainArray(rows.map((row) => row.campaignId)),
      textArray(rows.map((row) => row.decision.step)),
      plainArray(rows.map((row) => row.decision.kind)),
      textArray(rows.map((row) => row.decision.outcome)),
      plainArray(rows.map((row) => row.decision.reason)),
      jsonArray(rows.map((row) => row.decision.values)),
      at,
    ],
  };
}
