import { randomUUID } from 'node:crypto';
import { Coupons, type CouponWish, type Given } from '../../../src/incentives/coupons';
import { releaseCouponsSql } from '../../../src/incentives/coupon-sql';
import { type Tx } from '../../../src/platform/database/database';
import { startTestApp, type TestApp } from '../../support/app';

const NOW = new Date('2026-03-02T08:00:00.000Z');

describe('codes of one pool, wanted by many at once', () => {
  let app: TestApp;
  let coupons: Coupons;
  beforeAll(async () => {
    app = await startTestApp();
    coupons = app.app.get(Coupons);
  });
  afterAll(() => app.close());

  async function poolOf(key: string, count: number): Promise<string> {
    const { body } = await app
      .request('post', '/api/v1/coupon-pools')
      .send({
        key,
        discount: { kind: 'percent', value: 10 },
        expiresAfter: 'P30D',
        whenExhausted: 'skip',
        generate: { prefix: key, count },
      })
      .expect(201);
    return (body as { id: string }).id;
  }
  const wishes = (poolId: string, count: number): CouponWish[] =>
    Array.from({ length: count }, () => ({
      poolId,
      customerId: randomUUID(),
      enrollmentId: randomUUID(),
      campaignId: randomUUID(),
      step: 'hello',
      zone: 'Europe/Rome',
    }));
  const give = (wanted: readonly CouponWish[], then?: (tx: Tx) => Promise<void>): Promise<Given[]> =>
    app.database.transaction(async (tx) => {
      const pools = await coupons.pools(tx, [...new Set(wanted.map(({ poolId }) => poolId))]);
      const given = await coupons.give(tx, pools, wanted, NOW);
      await then?.(tx);
      return given;
    });
  const countOf = (given: readonly Given[], outcome: Given['outcome']): number =>
    given.filter((one) => one.outcome === outcome).length;
  const free = async (poolId: string): Promise<number> =>
    (await app.database.query(`select 1 from coupons where pool_id = $1 and state = 'free'`, [poolId])).length;

  it('nobody gets what another has, and nobody goes without while one is left', async () => {
    const pool = await poolOf('race', 100);
    const answers = await Promise.all(Array.from({ length: 8 }, () => give(wishes(pool, 15))));
    const all = answers.flat();
    expect([countOf(all, 'given'), countOf(all, 'none')]).toEqual([100, 20]);
    const ids = all.flatMap((one) => (one.outcome === 'given' ? [one.couponId] : []));
    expect(new Set(ids).size).toBe(100);
  });

  it('what a worker holds that then fails is not lost to the other: it waits for the last code', async () => {
    const pool = await poolOf('crash', 1);
    let fail: () => void = () => undefined;
    const failed = new Promise<void>((resolve) => (fail = resolve));
    let held: () => void = () => undefined;
    const holding = new Promise<void>((resolve) => (held = resolve));
    const first = give(wishes(pool, 1), async () => {
      held();
      await failed;
      throw new Error('the worker dies');
    });
    await holding;
    const second = give(wishes(pool, 1));
    setTimeout(fail, 100);
    await expect(first).rejects.toThrow('the worker dies');
    expect(countOf(await second, 'given')).toBe(1);
  });

  it('a step of an enrollment has one code, however often it is asked', async () => {
    const pool = await poolOf('again', 5);
    const [wish] = wishes(pool, 1) as [CouponWish];
    expect(countOf(await give([wish]), 'given')).toBe(1);
    expect(countOf(await give([wish]), 'had')).toBe(1);
    expect(await free(pool)).toBe(4);
  });

  it('a mail that ends unsent gives its code back; one that may have been seen is nobody’s any more', async () => {
    const pool = await poolOf('release', 2);
    const given = await give(wishes(pool, 2));
    const got = given.flatMap((one) => (one.outcome === 'given' ? [one] : []));
    await app.database.execute(
      `with ended as (select * from unnest($1::uuid[], $2::uuid[], $3::boolean[]) as e (id, coupon_id, on_wire)),
         ${releaseCouponsSql('ended', '$4::timestamptz')} select 1`,
      [got.map(({ messageId }) => messageId), got.map(({ couponId }) => couponId), [false, true], NOW],
    );
    const states = await app.database.query<{ state: string }>(
      'select state from coupons where pool_id = $1 order by state',
      [pool],
    );
    expect(states.map(({ state }) => state)).toEqual(['free', 'withdrawn']);
  });

  it('codes that stand already are refused with their path, and nothing is added', async () => {
    await app
      .request('post', '/api/v1/coupon-pools/again/codes')
      .send({ codes: ['ONE', 'TWO'] })
      .expect(201);
    const answer = await app
      .request('post', '/api/v1/coupon-pools/race/codes')
      .send({ codes: ['NEW', 'two'] })
      .expect(422);
    expect(JSON.stringify(answer.body)).toContain('codes[1]');
    const { body } = await app.request('get', '/api/v1/coupon-pools/race').expect(200);
    expect((body as { counts: { total: number } }).counts.total).toBe(100);
  });
});
