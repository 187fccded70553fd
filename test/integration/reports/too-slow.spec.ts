import { DataSource } from 'typeorm';
import { TooSlow } from '../../../src/kernel/errors';
import { AppConfig } from '../../../src/platform/config/config';
import { dataSourceOptions } from '../../../src/platform/database/data-source';
import { Database } from '../../../src/platform/database/database';
import { problemOf, retryAfterOf } from '../../../src/platform/http/problem-filter';
import { ReportsDatabase } from '../../../src/reports/data/reports-database';
import { createTestDatabase, type TestDatabase } from '../../support/database';

const SLEEP = { text: `select convert_to(pg_sleep(600)::text, 'UTF8')` };
const CONFIG = AppConfig.from({ NODE_ENV: 'test', DATABASE_URL: 'postgres://unused' });

describe('a report beyond its time limit', () => {
  let db: TestDatabase;
  let source: DataSource;
  let reports: ReportsDatabase;

  beforeAll(async () => {
    db = await createTestDatabase();
    source = new DataSource(dataSourceOptions({ url: db.url, poolSize: 4, statementTimeoutMs: 500 }));
    await source.initialize();
    reports = new ReportsDatabase(CONFIG, new Database(source));
  });
  afterAll(async () => {
    await source.destroy();
    await db.close();
  });

  it.each(['query', 'heavy', 'heavyBytes'] as const)(
    '%s: a 503 that says what helps, and the next is answered',
    async (how) => {
      // More than may run at a time: those that give up make room for those that wait.
      const errors = await Promise.all(
        Array.from({ length: 4 }, () => reports[how](SLEEP).then(fail, (error: unknown) => error)),
      );
      for (const error of errors) {
        expect(error).toBeInstanceOf(TooSlow);
        const problem = problemOf(error);
        expect(problem).toMatchObject({ status: 503, type: 'urn:ritorno:too-slow' });
        expect(problem?.detail).toMatch(/shorter range.*`include`.*DATABASE_REPLICA_URL/);
        // Who asks the same again at once only adds to the load.
        expect(retryAfterOf(error, 503)).toBeUndefined();
      }
      expect(await reports.heavy({ text: 'select 1 as one' })).toEqual([{ one: 1 }]);
      expect((await reports.heavyBytes({ text: `select 'one'::bytea` })).toString()).toBe('one');
    },
  );

  it('what else Postgres refuses stays what it is', async () => {
    const error = await reports.heavy({ text: 'select 1 / 0' }).then(fail, (one: unknown) => one);
    expect(error).not.toBeInstanceOf(TooSlow);
    expect(problemOf(error)).toBeUndefined();
  });

  it('any other route answers the same way, without the advice on reports', async () => {
    const error = await new Database(source).query(SLEEP).then(fail, (one: unknown) => one);
    expect(problemOf(error)).toMatchObject({ status: 503, type: 'urn:ritorno:too-slow' });
    expect(JSON.stringify(problemOf(error))).not.toMatch(/pg_sleep|report/);
  });
});

function fail(): never {
  throw new Error('it was answered');
}
