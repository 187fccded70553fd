import { SourceActivities } from '../../../src/reports/source-activity';
import { HeardSources } from '../../../src/storefront/data/heard-sources';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { reportServices } from '../../support/report-services';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  // Delivered daily from 1 to 28 February, one source of the same name being made anew on the 10th.
  await db.database.query(
    `insert into source_days (source_id, day, source, deliveries, last_at)
     select case when day < '2026-02-10' then $1::uuid else $2::uuid end, day::date, 'shop', 3, day + interval '12 hours'
     from generate_series('2026-02-01T00:00:00Z'::timestamptz, '2026-02-28T00:00:00Z', interval '1 day') day`,
    ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002'],
  );
});
afterAll(() => db.close());

it('the silence of a source reaches the lift, from the days that the storefront notes', async () => {
  const facts = new MeasuredFacts(db.database);
  const campaign = await facts.campaign('silent', { holdout: 0.5 });
  await facts.enrollment({ customer: await facts.customer(), campaign, enteredAt: '2026-02-20T12:00:00Z' });
  const heard = new HeardSources(db.database, new SourceActivities());
  const { lifts } = reportServices(db.database, new Date('2026-03-20T00:00:00Z'), heard);
  const report = await lifts.lift({ ref: 'silent', window: 'P14D' });
  expect(report.reasons).toContain('tracking_gap');
  expect(report.trackingGaps).toEqual([{ source: 'shop', from: '2026-03-01', to: '2026-03-05' }]);
  expect(report.dataThrough).toEqual({ shop: '2026-02-28T12:00:00.000Z' });
  const before = await lifts.lift({ ref: 'silent', window: 'P14D', asOf: new Date('2026-02-27T13:00:00Z') });
  expect(before.reasons).not.toContain('tracking_gap');
  expect(before.dataThrough).toEqual({ shop: '2026-02-27T12:00:00.000Z' });
});
