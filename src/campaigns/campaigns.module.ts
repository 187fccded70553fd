import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module';
import { CustomersModule } from '../customers/customers.module';
import { IncentivesModule } from '../incentives/incentives.module';
import { SegmentsModule } from '../segments/segments.module';
import { SurveysModule } from '../surveys/surveys.module';
import { CampaignDiff } from './campaign-diff';
import { CampaignHandovers } from './campaign-handovers';
import { CampaignLifecycle } from './campaign-lifecycle';
import { CampaignPoolUse } from './campaign-pool-use';
import { CampaignPrograms } from './campaign-programs';
import { CampaignReferences } from './campaign-references';
import { CampaignSegmentUse } from './campaign-segment-use';
import { CampaignSurveyUse } from './campaign-survey-use';
import { CampaignTopicUse } from './campaign-topic-use';
import { CampaignWarnings } from './campaign-warnings';
import { Campaigns } from './campaigns.service';
import { CampaignsRepository } from './data/campaigns.repository';
import { ExperimentHolders } from './experiment-holders';
import { CampaignsController } from './http/campaigns.controller';
import { InFlightPeople } from './in-flight';
import { LiveChanges } from './live-changes';

/** The plan: definition, validation, compiled program, versions. */
@Module({
  imports: [CatalogModule, CustomersModule, IncentivesModule, SegmentsModule, SurveysModule],
  controllers: [CampaignsController],
  providers: [
    CampaignDiff,
    CampaignHandovers,
    CampaignLifecycle,
    CampaignPoolUse,
    CampaignPrograms,
    CampaignReferences,
    CampaignSegmentUse,
    CampaignSurveyUse,
    CampaignTopicUse,
    CampaignWarnings,
    Campaigns,
    CampaignsRepository,
    ExperimentHolders,
    InFlightPeople,
    LiveChanges,
  ],
  exports: [CampaignLifecycle, CampaignPrograms, Campaigns, ExperimentHolders, InFlightPeople, LiveChanges],
})
export class CampaignsModule {}
