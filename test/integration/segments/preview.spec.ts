import { type AuditLog } from '../../../src/access/audit';
import { FixedClock } from '../../../src/kernel/clock';
import { type AppConfig } from '../../../src/platform/config/config';
import { SegmentConditions } from '../../../src/segments/segment-conditions';
import { SegmentFills } from '../../../src/segments/segment-fills';
import { SegmentUses } from '../../../src/segments/segment-use';
import { Segments } from '../../../src/segments/segments.service';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { fillShop } from '../../support/generated-shop';
import { SHOP_NOW } from '../../support/generated-values';
import { TEST_STORE, testSources } from '../../support/test-catalogue';

describe('segments over people', () => {
  let db: TestDatabase;
  let ids: string[];
  let conditions: SegmentConditions;
  let segments: Segments;
  const uses = new SegmentUses();

  beforeAll(async () => {
    db = await createTestDatabase();
    ids = await fillShop(db.database, TEST_STORE.timezone, 80, 42);
    const sources = testSources();
    conditions = new SegmentConditions(db.database, { store: TEST_STORE } as unknown as AppConfig, sources);
    const audit = { record: () => Promise.resolve() } as unknown as AuditLog;
    const fills = new SegmentFills(conditions, sources);
    segments = new Segments(db.database, new FixedClock(SHOP_NOW), conditions, uses, fills, audit);
  });
  afterAll(() => db.close());

  it('preview counts, says how many can be mailed and names the newest', async () => {
    const everyone = await segments.preview({ all: [] });
    expect(everyone.count).toBe(80);
    expect(everyone.sampleIds).toEqual([...ids].sort().reverse().slice(0, 10));
    const subscribed = await segments.preview({ segment: 'subscribed' });
    expect(subscribed.count).toBeGreaterThan(everyone.mailable - 1);
    const reachable = { all: [{ segment: 'subscribed' }, { field: 'email', op: 'exists', value: true }] };
    expect(await segments.preview(reachable)).toMatchObject({ count: everyone.mailable, mailable: everyone.mailable });
    await expect(segments.preview({ field: 'stage', op: 'eq', value: 'x' })).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: 'condition.value' }],
    });
  });

  it('members are put into a larger statement, without the deleted and the erased', async () => {
    const members = async (): Promise<string[]> => {
      const { text, values } = await conditions.compileRef('prospect', SHOP_NOW, { alias: 'person', offset: 1 });
      const rows = await db.database.query<{ id: string }>(
        `select person.id from customers person where person.created_at <= $1 and ${text} order by person.id`,
        [SHOP_NOW, ...values],
      );
      return rows.map(({ id }) => id);
    };
    const [first, second, ...others] = await members();
    await db.database.execute('update customers set deleted_at = $2 where id = $1', [first, SHOP_NOW]);
    await db.database.execute('update customers set erased_at = $2 where id = $1', [second, SHOP_NOW]);
    expect(await members()).toEqual(others);
    await expect(conditions.compileRef('nobody', SHOP_NOW)).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('says on which values a decision rests', async () => {
    const condition = { all: [{ segment: 'lapsed' }, { field: 'orders.total', op: 'gt', value: 10, within: 'P90D' }] };
    const [id = ''] = ids;
    const decided = await conditions.decide(db.database, condition, [id], SHOP_NOW);
    expect(Object.keys(decided.get(id)?.values ?? {})).toEqual(['stage', 'orders.total within P90D']);
    expect(await conditions.fieldsOf(condition)).toEqual(['stage', 'orders.total']);
  });

  it('a segment that a module downstream uses stays', async () => {
    const used: string[] = [];
    uses.register({ usesOf: (_, { key }) => Promise.resolve(used.includes(key) ? ['campaign win-back'] : []) });
    await segments.create({ key: 'vip', name: 'VIP', condition: { field: 'tags', op: 'contains', value: 'vip' } });
    used.push('vip');
    await expect(segments.remove('vip')).rejects.toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('campaign win-back') as string,
    });
    used.pop();
    await segments.remove('vip');
  });

  it('two at once cannot close a circle', async () => {
    const empty = { all: [] };
    for (const key of ['left', 'right']) await segments.create({ key, name: key, condition: empty });
    const both = await Promise.allSettled([
      segments.replace('left', { key: 'left', name: 'left', condition: { segment: 'right' } }),
      segments.replace('right', { key: 'right', name: 'right', condition: { segment: 'left' } }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});
