import { type Sql } from '../../platform/database/database';
import { type Arm } from '../domain/decide-entry';

/** A stored arm with all that it can be recomputed from. */
export interface StoredArmRow {
  id: string;
  campaign: string;
  salt: string;
  customerId: string;
  /** Ids of records that were merged into the customer: the arm may have been drawn by one of them. */
  mergedIds: string[];
  arm: Arm;
  armReason: string;
  /** The share held out in the epoch of the enrollment. */
  share: number | null;
  basis: string | null;
  enteredAt: Date;
  /** Arm of the person's first enrollment in the campaign. */
  firstArm: Arm;
  excluded: string | null;
}

/** Every stored arm of a campaign. */
export const STORED_ARMS: Sql = {
  text: `select e.id, c.key as campaign, c.salt, e.customer_id as "customerId", e.arm, e.arm_reason as "armReason",
      array(select m.from_id from customer_merges m where m.into_id = e.customer_id) as "mergedIds",
      (opened.definition ->> 'holdout')::float8 as share, opened.definition ->> 'basis' as basis,
      e.entered_at as "enteredAt", e.excluded,
      first_value(e.arm) over (partition by e.campaign_id, e.customer_id order by e.entered_at, e.id) as "firstArm"
    from enrollments e join campaigns c on c.id = e.campaign_id
    left join lateral (
      select v.definition from campaign_versions v where v.campaign_id = e.campaign_id and v.epoch = e.epoch
      order by v.published_at nulls last, v.version limit 1) opened on true`,
};

/** A stored arm of a split. */
export interface StoredSplitRow {
  enrollmentId: string;
  campaignId: string;
  campaign: string;
  salt: string;
  customerId: string;
  mergedIds: string[];
  key: string;
  arm: string;
}

/** Every stored arm of a split; which key it was of stands in the values of the decision. */
export const STORED_SPLITS: Sql = {
  text: `select d.enrollment_id as "enrollmentId", c.id as "campaignId", c.key as campaign, c.salt,
      e.customer_id as "customerId", d.values ->> 'key' as key, d.outcome as arm,
      array(select m.from_id from customer_merges m where m.into_id = e.customer_id) as "mergedIds"
    from enrollment_decisions d join enrollments e on e.id = d.enrollment_id join campaigns c on c.id = e.campaign_id
    where d.kind = 'split' and d.values ? 'key'`,
};

/** The splits of all versions. */
export interface SplitRow {
  campaignId: string;
  key: string;
  arms: Array<{ name: string; upTo: number }>;
}

export const SPLITS: Sql = {
  text: `select v.campaign_id as "campaignId", step ->> 'key' as key, step -> 'arms' as arms
    from campaign_versions v, jsonb_array_elements(v.program -> 'instructions') step where step ->> 'op' = 'split'`,
};

/** A period of the global holdout. */
export interface VerifiedPeriodRow {
  id: string;
  number: number;
  salt: string;
  share: number;
  drawnBelow: Buffer;
  startedAt: Date;
  endedAt: Date | null;
}

export const PERIODS: Sql = {
  text: `select id, number, salt, share, drawn_below as "drawnBelow", started_at as "startedAt", ended_at as "endedAt"
    from global_holdout_periods`,
};

/** A stored draw of the global holdout. */
export interface StoredDrawRow {
  periodId: string;
  customerId: string;
  arm: Arm;
}

export const STORED_DRAWS: Sql = {
  text: `select period_id as "periodId", customer_id as "customerId", arm from global_holdout_draws`,
};
