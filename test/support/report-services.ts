import { CreditLedger } from '../../src/attribution/data/credit-ledger';
import { OutcomeProgress } from '../../src/attribution/outcome-progress';
import { Outcomes } from '../../src/attribution/outcomes';
import { FixedClock } from '../../src/kernel/clock';
import { AppConfig } from '../../src/platform/config/config';
import { type Database } from '../../src/platform/database/database';
import { AttributionReports } from '../../src/reports/attribution-report.service';
import { CampaignQuestions } from '../../src/reports/campaign-question';
import { ReportsDatabase } from '../../src/reports/data/reports-database';
import { FunnelReports } from '../../src/reports/funnel-report.service';
import { ProgramLiftReports } from '../../src/reports/program-lift-report.service';
import { ReportHeads } from '../../src/reports/report-heads';
import { LiftReports } from '../../src/reports/lift-report.service';
import { PooledLiftReports } from '../../src/reports/pooled-lift-report.service';
import { type SourceActivity, SourceActivities } from '../../src/reports/source-activity';

/** The reports over a test database, with the clock at `now`; a store in Rome that sells in EUR. */
export function reportServices(database: Database, now: Date, activity?: SourceActivity) {
  const config = AppConfig.from({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgres://unused',
    STORE_CURRENCY: 'EUR',
    STORE_TIMEZONE: 'Europe/Rome',
  });
  const clock = new FixedClock(now);
  const reader = new ReportsDatabase(config, database);
  const sources = new SourceActivities();
  if (activity) sources.register(activity);
  const questions = new CampaignQuestions(
    reader,
    new ReportHeads(clock, sources, reader),
    new OutcomeProgress(database, clock),
  );
  const outcomes = new Outcomes(new CreditLedger());
  const lifts = new LiftReports(questions, reader, sources, config);
  return {
    clock,
    programs: new ProgramLiftReports(questions, reader, sources, config),
    lifts,
    pooledLifts: new PooledLiftReports(reader, new ReportHeads(clock, sources, reader), lifts),
    funnels: new FunnelReports(questions, reader),
    attributions: new AttributionReports(questions, reader, lifts, config),
    /** Works off all orders that were announced. */
    settle: async (): Promise<void> => {
      while ((await database.transaction((tx) => outcomes.workOff(tx, clock.now(), 500))) > 0);
    },
  };
}
