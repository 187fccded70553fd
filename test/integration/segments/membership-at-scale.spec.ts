import { setTimeout as sleep } from 'node:timers/promises';
import { FactChanges } from '../../../src/customers/fact-changes';
import { dueLooks, judge, takeTouches } from '../../../src/segments/data/membership.sql';
import { SegmentConditions } from '../../../src/segments/segment-conditions';
import { startTestApp, type TestApp } from '../../support/app';
import { SegmentStory } from '../../support/segment-story';

const NOW = '2026-03-02T08:00:00.000Z';

describe('memberships beside everything else that goes on', () => {
  let app: TestApp;
  let story: SegmentStory;
  beforeAll(async () => {
    app = await startTestApp({ clock: NOW });
    story = new SegmentStory(app);
  });
  afterAll(() => app.close());

  const status = async (key: string): Promise<string> => ((await story.membership(key)) as { status: string }).status;

  it('a fill waits for whoever began before the segment could be seen, and misses nothing of theirs', async () => {
    await story.customer('ann', NOW);
    await app.advance('PT1S');
    await app.database.transaction(async (tx) => {
      await tx.execute(`update customers set tags = '{vip}' where external_id = 'ann'`);
      const announced = jest.fn(() => []);
      await app.app.get(FactChanges).announce(tx, new Date(NOW), announced);
      // Nobody asks about tags yet, so nothing is told.
      expect(announced).not.toHaveBeenCalled();
      await story.segment('vips', { field: 'tags', op: 'contains', value: 'vip' });
      while ((await status('vips')) !== 'waiting') await sleep(20);
      await sleep(300);
      expect(await status('vips')).toBe('waiting');
    });
    await app.advance('PT1S');
    expect(await status('vips')).toBe('ready');
    expect(await story.members('vips')).toEqual(['ann']);
  });

  describe('in a shop of 20,000', () => {
    const plan = async ({ text, values = [] }: { text: string; values?: readonly unknown[] }): Promise<string> => {
      const rows = await app.database.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    let ids: string[];

    beforeAll(async () => {
      await app.database.execute(
        `insert into customers (id, created_at, recorded_at, updated_at)
         select gen_random_uuid(), $1, $1, $1 from generate_series(1, 20000)`,
        [NOW],
      );
      await app.database.execute(
        `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency,
           total_minor, store_total_minor, counting, recorded_at)
         select gen_random_uuid(), id::text, id, $1, $1, '', 'paid', 'EUR', 100, 100, true, $1 from customers`,
        [NOW],
      );
      await app.database.execute(
        `insert into segment_clock (segment_id, customer_id, look_at)
         select gen_random_uuid(), id, $1::timestamptz + random() * interval '90 days' from customers`,
        [NOW],
      );
      for (const table of ['customers', 'orders', 'segment_clock', 'segment_members']) {
        await app.database.execute(`analyze ${table}`);
      }
      ids = (await app.database.query<{ id: string }>('select id from customers limit 100')).map(({ id }) => id);
    });

    it('who is due is a range of an index', async () => {
      expect(await plan(dueLooks(new Date(NOW), 500))).toContain('segment_clock_due');
      expect(await plan(takeTouches(500))).toContain('segment_touches_pkey');
    });

    it('a set is judged by key, whatever the size of the shop', async () => {
      const condition = {
        all: [
          { field: 'orders.count', op: 'gte', value: 1, within: 'P30D' },
          { event: 'page.viewed', within: 'P7D' },
          { bought: { category: 'coffee' } },
          { not: { segment: 'lapsed' } },
        ],
      };
      const member = await app.app.get(SegmentConditions).compile(condition, new Date(NOW), { offset: 2 });
      const judging = await plan(judge(ids[0] ?? '', ids, member, { texts: [], values: [] }));
      expect(judging).toContain('customers_pkey');
      expect(judging).not.toMatch(/Seq Scan on (customers|orders|customer_events|segment_clock)/);
    });
  });
});
