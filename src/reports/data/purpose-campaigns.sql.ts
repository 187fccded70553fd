import type { Purpose } from '../../campaigns/campaign.types';
import { type Sql } from '../../platform/database/database';

/** An epoch of a campaign that was opened with a control group. */
export interface PurposeEpochRow {
  campaign: string;
  epoch: number;
}

/** More would be no small shop's. */
const MOST_EPOCHS = 200;

/** The epochs with a control group of all campaigns of one purpose, by key; of each the definition that opened it decides. */
export function purposeEpochs(purpose: Purpose): Sql {
  return {
    text: `
      select c.key as campaign, opened.epoch
      from campaigns c cross join lateral (
        select distinct on (v.epoch) v.epoch, v.definition from campaign_versions v where v.campaign_id = c.id
        order by v.epoch, v.published_at nulls last, v.version) opened
      where c.status <> 'draft' and opened.definition ->> 'purpose' = $1
        and (opened.definition ->> 'holdout')::float8 > 0
      order by c.key, opened.epoch limit ${MOST_EPOCHS}`,
    values: [purpose],
  };
}
