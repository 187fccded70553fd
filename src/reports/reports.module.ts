import { Module } from '@nestjs/common';
import { AttributionModule } from '../attribution/attribution.module';
import { CatalogModule } from '../catalog/catalog.module';
import { CustomersModule } from '../customers/customers.module';
import { EnrollmentsModule } from '../enrollments/enrollments.module';
import { PredictionsModule } from '../predictions/predictions.module';
import { AffinityReports } from './affinity-report.service';
import { AttributionReports } from './attribution-report.service';
import { CalendarReports } from './calendar-report.service';
import { CohortReports } from './cohort-report.service';
import { CampaignQuestions } from './campaign-question';
import { ReportsDatabase } from './data/reports-database';
import { ExitReasonsReports } from './exit-reasons-report.service';
import { RawExports } from './exports/raw-exports';
import { EconomicsSettings } from './economics.service';
import { FunnelReports } from './funnel-report.service';
import { AffinityReportController } from './http/affinity-report.controller';
import { CalendarController } from './http/calendar.controller';
import { CampaignReportsController } from './http/campaign-reports.controller';
import { ExitReasonsReportController } from './http/exit-reasons-report.controller';
import { EconomicsController } from './http/economics.controller';
import { CohortReportController } from './http/cohort-report.controller';
import { LifecycleReportController } from './http/lifecycle-report.controller';
import { PooledLiftController } from './http/pooled-lift.controller';
import { LiftPlanController } from './http/lift-plan.controller';
import { RawExportsController } from './http/raw-exports.controller';
import { ProgramLiftController } from './http/program-lift.controller';
import { RetentionReportController } from './http/retention-report.controller';
import { SurveyReportController } from './http/survey-report.controller';
import { ValueReportController } from './http/value-report.controller';
import { LifecycleReports } from './lifecycle-report.service';
import { LiftPlans } from './lift-plan.service';
import { LiftReports } from './lift-report.service';
import { ProgramLiftReports } from './program-lift-report.service';
import { PooledLiftReports } from './pooled-lift-report.service';
import { HistoryPersonalData } from './histories/data/history-personal-data';
import { HistoryKeeping } from './histories/history-keeping';
import { HistoryKeepingWork } from './histories/jobs/history-keeping.work';
import { OrderHistories } from './histories/order-histories';
import { ReportHeads } from './report-heads';
import { RetentionReports } from './retention-report.service';
import { SourceActivities } from './source-activity';
import { SurveyReports } from './survey-report.service';
import { ValueReports } from './value-report.service';

/** Read-only answers: what became of campaigns. */
@Module({
  imports: [AttributionModule, CatalogModule, CustomersModule, EnrollmentsModule, PredictionsModule],
  controllers: [
    AffinityReportController,
    CalendarController,
    CampaignReportsController,
    EconomicsController,
    ExitReasonsReportController,
    CohortReportController,
    LifecycleReportController,
    LiftPlanController,
    PooledLiftController,
    RawExportsController,
    ProgramLiftController,
    RetentionReportController,
    SurveyReportController,
    ValueReportController,
  ],
  providers: [
    AffinityReports,
    AttributionReports,
    CalendarReports,
    CampaignQuestions,
    CohortReports,
    EconomicsSettings,
    ExitReasonsReports,
    FunnelReports,
    HistoryKeeping,
    HistoryKeepingWork,
    HistoryPersonalData,
    LifecycleReports,
    LiftPlans,
    LiftReports,
    OrderHistories,
    PooledLiftReports,
    RawExports,
    ProgramLiftReports,
    ReportHeads,
    ReportsDatabase,
    RetentionReports,
    SourceActivities,
    SurveyReports,
    ValueReports,
  ],
  exports: [SourceActivities],
})
export class ReportsModule {}
