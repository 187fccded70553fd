import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { type SurveyUse, SurveyUses } from '../surveys/survey-use';
import { InFlightPeople } from './in-flight';

const ASKS = `v.program -> 'instructions' @> jsonb_build_array(jsonb_build_object('surveyId', $1::text))`;

/** Tells surveys which campaigns ask them: one that is in use cannot be deleted, one that was asked is kept. */
@Injectable()
export class CampaignSurveyUse implements SurveyUse, OnModuleInit {
  constructor(
    private readonly uses: SurveyUses,
    private readonly people: InFlightPeople,
  ) {}

  onModuleInit(): void {
    this.uses.register(this);
  }

  /**
   * By the latest version, the live one, and those that somebody is still in. Archived campaigns take nobody in any more
   * and hold no survey.
   */
  async usesOf(db: Queryable, surveyId: string): Promise<string[]> {
    const inUse = await this.people.kept.versionsInUse(db);
    const rows = await db.query<{ key: string }>(
      `select distinct c.key from campaigns c
       join campaign_versions v on v.campaign_id = c.id
       where c.status <> 'archived' and ${ASKS} and (v.version in (c.version, c.live_version)
         or (v.campaign_id, v.version) in (
           select u.campaign_id, u.version from unnest($2::uuid[], $3::int[]) as u (campaign_id, version)))
       order by c.key`,
      [surveyId, inUse.map((one) => one.campaignId), inUse.map((one) => one.version)],
    );
    return rows.map(({ key }) => `campaign ${key}`);
  }

  /** Whether a version of any campaign that was published asks it, whatever became of the campaign. */
  async everAsked(db: Queryable, surveyId: string): Promise<boolean> {
    const rows = await db.query(
      `select 1 from campaign_versions v where v.published_at is not null and ${ASKS} limit 1`,
      [surveyId],
    );
    return rows.length > 0;
  }
}
