import { Module } from '@nestjs/common';
import { AttributionReports } from './attribution-report.service';
import { CampaignQuestions } from './campaign-question';
import { ReportsDatabase } from './data/reports-database';
import { FunnelReports } from './funnel-report.service';
import { CampaignReportsController } from './http/campaign-reports.controller';
import { LifecycleReportController } from './http/lifecycle-report.controller';
import { LifecycleReports } from './lifecycle-report.service';
import { LiftReports } from './lift-report.service';
import { SourceActivities } from './source-activity';

/** Read-only answers: what became of campaigns. */
@Module({
  controllers: [CampaignReportsController, LifecycleReportController],
  providers: [
    AttributionReports,
    CampaignQuestions,
    FunnelReports,
    LifecycleReports,
    LiftReports,
    ReportsDatabase,
    SourceActivities,
  ],
  exports: [SourceActivities],
})
export class ReportsModule {}
