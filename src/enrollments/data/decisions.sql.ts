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

/** An e-mail step whose mail stands in the ledger from before. */
export interface RepeatedStep {
  enrollmentId: string;
  step: string;
}

/**
 * Corrects what this transaction decided about mails that stand in the ledger from before, as it does for who was moved back
 * to a step: no mail goes, so none was queued, no code was given, and no place under the cap was taken for it.
 */
export function correctRepeated(steps: readonly RepeatedStep[]): Sql {
  return {
    text: `with decided as (
        select u.enrollment_id, u.step, max(d.id) as id,
          count(*) filter (where d.outcome = 'queued') as queued, (array_agg(d.outcome order by d.id desc))[1] as latest
        from unnest($1::uuid[], $2::text[]) as u (enrollment_id, step)
        join enrollment_decisions d on d.enrollment_id = u.enrollment_id and d.step = u.step and d.kind = 'email'
        group by u.enrollment_id, u.step),
      corrected as (
        update enrollment_decisions d set outcome = 'had_before', reason = null, values = d.values - 'coupon' - 'pool'
        from decided where d.id = decided.id returning d.id)
      update contacts c set state = 'released' from decided
      where c.enrollment_id = decided.enrollment_id and c.step = decided.step and c.state = 'reserved'
        and decided.latest = 'queued' and decided.queued = 1`,
    values: [plainArray(steps.map((one) => one.enrollmentId)), textArray(steps.map((one) => one.step))],
  };
}
