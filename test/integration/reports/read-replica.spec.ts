import { FixedClock } from '../../../src/kernel/clock';
import { AppConfig } from '../../../src/platform/config/config';
import { ReportsDatabase } from '../../../src/reports/data/reports-database';
import { LifecycleReports } from '../../../src/reports/lifecycle-report.service';
import { ReportHeads } from '../../../src/reports/report-heads';
import { SourceActivities } from '../../../src/reports/source-activity';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';

const NOW = new Date('2026-03-02T08:00:00Z');

/** Two databases that differ, so that it shows which of them was read. */
describe('with a read replica', () => {
  let primary: TestDatabase;
  let replica: TestDatabase;
  let reader: ReportsDatabase;
  let config: AppConfig;

  beforeAll(async () => {
    [primary, replica] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    for (let i = 0; i < 3; i++) await new MeasuredFacts(primary.database).customer();
    await new MeasuredFacts(replica.database).customer();
    config = AppConfig.from({
      ...{ NODE_ENV: 'test', DATABASE_URL: primary.url, DATABASE_REPLICA_URL: replica.url },
      ...{ STORE_CURRENCY: 'EUR', STORE_TIMEZONE: 'Europe/Rome' },
    });
    reader = new ReportsDatabase(config, primary.database);
    await reader.onModuleInit();
  });
  afterAll(async () => {
    await reader.onApplicationShutdown();
    await Promise.all([primary.close(), replica.close()]);
  });

  const stages = (from: ReportsDatabase) =>
    new LifecycleReports(from, new ReportHeads(new FixedClock(NOW), new SourceActivities(), from), config).stages({});

  it('reports read it, and say that they did', async () => {
    const report = await stages(reader);
    expect([report.stages.prospect, report.replica]).toEqual([1, { changesThrough: null }]);
    const [row] = await reader.heavy<{ n: number }>({ text: 'select count(*)::int as n from customers' });
    expect(row?.n).toBe(1);
  });

  it('without one they read the database itself', async () => {
    const { databaseUrl, store } = config;
    const alone = new ReportsDatabase({ databaseUrl, store } as AppConfig, primary.database);
    const report = await stages(alone);
    expect([report.stages.prospect, report.replica]).toEqual([3, null]);
  });

  it('a standby says up to when it has followed', async () => {
    // What a standby answers, before the function of Postgres, which says null where nothing is replayed.
    await replica.database.execute(
      `create function public.pg_last_xact_replay_timestamp() returns timestamptz language sql
       return timestamptz '2026-03-02 07:59:58.5+00'`,
    );
    await replica.database.execute(`do $$ begin
      execute format('alter database %I set search_path = public, pg_catalog', current_database()); end $$`);
    const later = new ReportsDatabase(config, primary.database);
    await later.onModuleInit();
    expect((await stages(later)).replica).toEqual({ changesThrough: '2026-03-02T07:59:58.500Z' });
    await later.onApplicationShutdown();
  });
});
