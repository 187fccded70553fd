import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module';
import { AffinityReports } from './affinity-report.service';
import { AttributionReports } from './attribution-report.service';
import { CampaignQuestions } from './campaign-question';
import { ReportsDatabase } from './data/reports-database';
import { FunnelReports } from './funnel-report.service';
import { AffinityReportController } from './http/affinity-report.controller';
import { CampaignReportsController } from './http/campaign-reports.controller';
import { LifecycleReportController } from './http/lifecycle-report.controller';
import { RetentionReportController } from './http/retention-report.controller';
import { LifecycleReports } from './lifecycle-report.service';
import { LiftReports } from './lift-report.service';
import { ReportHeads } from './report-heads';
import { RetentionReports } from './retention-report.service';
import { SourceActivities } from './source-activity';

/** Read-only answers: what became of campaigns. */
@Module({
  imports: [CatalogModule],
  controllers: [
    AffinityReportController,
    CampaignReportsController,
    LifecycleReportController,
    RetentionReportController,
  ],
  providers: [
    AffinityReports,
    AttributionReports,
    CampaignQuestions,
    FunnelReports,
    LifecycleReports,
    LiftReports,
    ReportHeads,
    ReportsDatabase,
    RetentionReports,
    SourceActivities,
  ],
  exports: [SourceActivities],
})
export class ReportsModule {}
