import { type Arm } from '../domain/decide-entry';
import { type Sql } from '../../platform/database/database';

export interface NewExposure {
  id: string;
  campaignId: string;
  customerExternalId: string;
  arm: Arm;
  enteredAt: Date;
}

/** What became of an exposure, by its index: `customerId` null where nobody has the name, `other` the arm held before. */
export interface ExposureAnswer {
  at: number;
  customerId: string | null;
  other: Arm | null;
  isNew: boolean;
}

/**
 * Inserts exposures as enrollments that are over: one a person and campaign. Somebody who is in the campaign already stays
 * as they are; so does a row that repeats another of the same file.
 */
export function insertExposures(rows: readonly NewExposure[]): Sql {
  return {
    text: `
      with asked as (
        select u.*, c.id as customer_id, row_number() over (partition by u.campaign_id, c.id order by u.at) as nth
        from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[]) with ordinality
          as u (id, campaign_id, external_id, arm, entered_at, at)
        left join customers c on c.external_id = u.external_id and c.erased_at is null
      ), known as (
        select a.at, a.customer_id, a.nth, coalesce(e.arm, first_value(a.arm) over
          (partition by a.campaign_id, a.customer_id order by a.at)) as held, a.arm, e.id is null as unknown
        from asked a left join lateral (
          select e.id, e.arm from enrollments e where e.customer_id = a.customer_id and e.campaign_id = a.campaign_id
          order by e.entered_at limit 1) e on true
      ), entered as (
        insert into enrollments (id, customer_id, campaign_id, version, epoch, arm, arm_reason, status, position,
          entered_at, ended_at)
        select a.id, a.customer_id, a.campaign_id, 1, 1, a.arm, 'imported', 'completed', 0, a.entered_at, a.entered_at
        from asked a join known k using (at)
        where a.customer_id is not null and k.unknown and k.nth = 1
        returning id
      )
      select (k.at - 1)::int as at, k.customer_id as "customerId",
        case when k.customer_id is not null and k.held <> k.arm then k.held end as other,
        k.customer_id is not null and k.unknown and k.nth = 1 as "isNew"
      from known k`,
    values: [
      rows.map((row) => row.id),
      rows.map((row) => row.campaignId),
      rows.map((row) => row.customerExternalId),
      rows.map((row) => row.arm),
      rows.map((row) => row.enteredAt),
    ],
  };
}
