import { Module } from '@nestjs/common';
import { AttributionReports } from './attribution-report.service';
import { CampaignQuestions } from './campaign-question';
import { ReportsDatabase } from './data/reports-database';
import { FunnelReports } from './funnel-report.service';
import { CampaignReportsController } from './http/campaign-reports.controller';
import { LiftReports } from './lift-report.service';
import { SourceActivities } from './source-activity';

/** Read-only answers: what became of campaigns. */
@Module({
  controllers: [CampaignReportsController],
  providers: [AttributionReports, CampaignQuestions, FunnelReports, LiftReports, ReportsDatabase, SourceActivities],
  exports: [SourceActivities],
})
export class ReportsModule {}
