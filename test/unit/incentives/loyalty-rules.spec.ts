import fc from 'fast-check';
import { earnings, type EarningOrder, pointsFor } from '../../../src/incentives/domain/earn-points';
import { readLoyaltySetting } from '../../../src/incentives/domain/read-loyalty-setting';
import { CODE_OCTETS, normaliseCode, referralCode } from '../../../src/incentives/domain/referral-code';
import { judgeReferral, sameMailbox } from '../../../src/incentives/domain/referral-rule';
import { RuleBook } from '../../../src/incentives/domain/rule-book';
import { tierStanding } from '../../../src/incentives/domain/tier-rule';
import { type PointRules, type TierRule } from '../../../src/incentives/loyalty.types';

const STORE = { currency: 'EUR', timezone: 'Europe/Rome' };
const RULES: PointRules = { perCurrencyUnit: 1, round: 'down', minimumOrder: null, expireAfter: null };
const AT = new Date('2026-03-01T12:00:00.000Z');

describe('points of an amount', () => {
  it.each([
    [4999, 1, 'down', 49],
    [4999, 1, 'nearest', 50],
    [4901, 1, 'up', 50],
    [4900, 1, 'up', 49],
    [1, 0.1, 'down', 0],
    [1, 0.1, 'up', 1],
    [10, 0.0001, 'nearest', 0],
    [4999, 0.29, 'down', 14],
    [-500, 1, 'up', 0],
    [900_719_925_474_099, 100_000, 'down', 900_719_925_474_099_000],
  ] as const)('%i cents at %d, rounded %s: %i', (minor, perCurrencyUnit, round, points) => {
    expect(pointsFor(minor, { perCurrencyUnit, round }, 'EUR')).toBe(points);
  });

  it('a currency without cents earns by its own unit', () => {
    expect(pointsFor(1500, { perCurrencyUnit: 0.01, round: 'down' }, 'JPY')).toBe(15);
  });
});

describe('an order', () => {
  const order = (more: Partial<EarningOrder> = {}): EarningOrder => ({
    id: 'o',
    placedAt: AT,
    totalMinor: 10_000,
    storeTotalMinor: 10_000,
    refunds: [],
    ...more,
  });
  const later = (days: number) => new Date(AT.getTime() + days * 86_400_000);

  it('earns when it is placed, and loses its share with each refund', () => {
    const refunds = [
      { at: later(2), minor: 7000 },
      { at: later(1), minor: 2550 },
    ];
    const { credits, debits } = earnings(order({ refunds }), { ...RULES, expireAfter: 'P1Y' }, STORE);
    expect(credits).toEqual([
      { kind: 'earned', reference: 'order:o', at: AT, points: 100, expiresAt: new Date('2027-03-01T12:00:00.000Z') },
    ]);
    // 74.50 are left of the money, then 4.50.
    expect(debits.map(({ at, points }) => [at, points])).toEqual([
      [later(1), 26],
      [later(2), 70],
    ]);
  });

  it('below the minimum earns nothing; a refund that brings it there takes no more than its share', () => {
    const rules = { ...RULES, minimumOrder: '50.00' };
    expect(earnings(order({ storeTotalMinor: 4999, totalMinor: 4999 }), rules, STORE).credits).toEqual([]);
    const { debits } = earnings(order({ refunds: [{ at: later(1), minor: 6000 }] }), rules, STORE);
    expect(debits.map(({ points }) => points)).toEqual([60]);
  });

  it('without store money, or free, earns nothing; a refund before the order counts from the order on', () => {
    expect(earnings(order({ storeTotalMinor: null }), RULES, STORE).credits).toEqual([]);
    expect(earnings(order({ storeTotalMinor: 0, totalMinor: 0 }), RULES, STORE).credits).toEqual([]);
    expect(earnings(order({ refunds: [{ at: later(-1), minor: 100 }] }), RULES, STORE).debits[0]?.at).toEqual(AT);
  });

  it('never loses more than it earned', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 5 }),
        fc.constantFrom('down', 'nearest', 'up' as const),
        fc.constantFrom(0.0333, 1, 2.5),
        (amounts, round, perCurrencyUnit) => {
          const refunds = amounts.map((minor, i) => ({ at: later(i), minor }));
          const { credits, debits } = earnings(order({ refunds }), { ...RULES, round, perCurrencyUnit }, STORE);
          const back = debits.reduce((sum, { points }) => sum + points, 0);
          expect(back).toBeLessThanOrEqual(credits[0]?.points ?? 0);
          const all = amounts.reduce((sum, minor) => sum + minor, 0);
          if (all >= 10_000) expect(back).toBe(credits[0]?.points);
        },
      ),
    );
  });
});

describe('rules', () => {
  it('an order goes by the last setting that was valid when it was placed', () => {
    const setting = (perCurrencyUnit: number) => ({ points: { ...RULES, perCurrencyUnit }, tiers: [], referral: null });
    const on = (day: string) => new Date(`2026-${day}T00:00:00Z`);
    const book = new RuleBook([
      { validFrom: on('01-10'), setting: setting(1) },
      { validFrom: on('02-01'), setting: setting(2) },
      // Restates all since 20 January.
      { validFrom: on('01-20'), setting: setting(3) },
    ]);
    const rate = (day: string) => book.at(on(day)).points?.perCurrencyUnit ?? null;
    expect(['01-09', '01-10', '01-19', '01-20', '02-05'].map(rate)).toEqual([null, 1, 1, 3, 3]);
    expect(book.earliest).toEqual(on('01-10'));
  });
});

describe('tiers', () => {
  const byRevenue: TierRule[] = [
    { key: 'silver', name: 'Silver', atYearlyRevenue: '100.00' },
    { key: 'gold', name: 'Gold', atYearlyRevenue: '300.00' },
  ];
  const DAY = 86_400_000;
  const ago = (days: number) => new Date(AT.getTime() - days * DAY);
  const standing = (...orders: Array<[daysAgo: number, minor: number]>) =>
    tierStanding(
      byRevenue,
      0,
      orders.map(([days, netMinor]) => ({ placedAt: ago(days), netMinor })),
      AT,
      'EUR',
    );

  it('go by the revenue of 365 days, and end when orders have left them', () => {
    const orders: Array<[number, number]> = [
      [400, 90_000],
      [300, 5_000],
      [100, 20_000],
      [10, 10_000],
    ];
    expect(standing(...orders)).toEqual({ tier: 'gold', changesAt: new Date(ago(100).getTime() + 365 * DAY + 1) });
    expect(standing([365, 10_000])).toEqual({ tier: 'silver', changesAt: new Date(AT.getTime() + 1) });
    expect(standing([10, 9_999])).toEqual({ tier: null, changesAt: null });
  });

  it('nothing changes before the instant that is told, and something does then', () => {
    const past = fc.tuple(fc.integer({ min: 0, max: 365 }), fc.integer({ min: 0, max: 30_000 }));
    fc.assert(
      fc.property(fc.array(past, { maxLength: 6 }), (orders) => {
        const list = orders.map(([days, netMinor]) => ({ placedAt: ago(days), netMinor }));
        const at = (now: Date) => tierStanding(byRevenue, 0, list, now, 'EUR').tier;
        const { tier, changesAt } = standing(...orders);
        if (!changesAt) return expect(at(new Date(AT.getTime() + 400 * DAY))).toBe(tier);
        expect(at(new Date(changesAt.getTime() - 1))).toBe(tier);
        return expect(at(changesAt)).not.toBe(tier);
      }),
    );
  });

  it('by points go by what was given, whatever was spent', () => {
    const tiers: TierRule[] = [{ key: 'gold', name: 'Gold', atPoints: 500 }];
    expect(tierStanding(tiers, 500, [], AT, 'EUR')).toEqual({ tier: 'gold', changesAt: null });
    expect(tierStanding(tiers, 499, [], AT, 'EUR').tier).toBeNull();
  });
});

describe('referrals', () => {
  const rules = { url: 'https://x.test/{code}', rewardPoints: { referrer: 1, referred: 1 }, minimumOrder: '20.00' };
  const order = { orderId: 'o', placedAt: AT, storeTotalMinor: 2000, paid: true, endedAt: null };
  const ann = { id: 'ann', email: 'ann@example.com' };
  const judge = (owner: { id: string; email: string | null }, more = {}) =>
    judgeReferral(ann, owner, { ...order, ...more }, rules, 'EUR');

  it('reward the first order, and refuse whoever refers themselves', () => {
    expect(judge({ id: 'bob', email: 'bob@example.com' })).toEqual({ status: 'rewarded' });
    expect(judge({ id: 'ann', email: null })).toEqual({ status: 'refused', reason: 'self_referral' });
    expect(judge({ id: 'x', email: 'Ann+two@example.com' })).toEqual({ status: 'refused', reason: 'same_address' });
    expect(judge({ id: 'bob', email: null }, { storeTotalMinor: 1999 })).toMatchObject({ reason: 'below_minimum' });
    expect(judge({ id: 'bob', email: null }, { paid: false })).toMatchObject({ reason: 'not_counting' });
  });

  it('two without an address are two', () => {
    expect(sameMailbox(null, null)).toBe(false);
    expect(sameMailbox('a@example.com', 'a@example.org')).toBe(false);
  });

  it('codes have no look-alike letters, and case does not count', () => {
    const octets = fc.uint8Array({ minLength: CODE_OCTETS, maxLength: CODE_OCTETS });
    fc.assert(fc.property(octets, (chance) => /^[2-9A-HJ-NP-Z]{10}$/.test(referralCode(chance))));
    expect(normaliseCode(' ab2c ')).toBe('AB2C');
  });
});

describe('the setting', () => {
  const read = (body: unknown) => readLoyaltySetting(body, 'EUR');
  const paths = (body: unknown) => read(body).faults.map(({ path }) => path);

  it('fills in what is left out', () => {
    const { setting, validFrom, faults } = read({
      points: { perCurrencyUnit: 1.5, minimumOrder: 20, expireAfter: 'P1Y' },
      tiers: [{ key: 'gold', name: 'Gold', atYearlyRevenue: 500 }],
      referral: { url: 'https://shop.test/?ref={code}', rewardPoints: { referrer: 100 } },
      validFrom: '2026-01-01T00:00:00Z',
    });
    expect(faults).toEqual([]);
    expect(validFrom).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(setting).toEqual({
      points: { perCurrencyUnit: 1.5, round: 'down', minimumOrder: '20.00', expireAfter: 'P1Y' },
      tiers: [{ key: 'gold', name: 'Gold', atYearlyRevenue: '500.00' }],
      referral: {
        url: 'https://shop.test/?ref={code}',
        rewardPoints: { referrer: 100, referred: 0 },
        minimumOrder: null,
      },
    });
    expect(read({}).setting).toEqual({ points: null, tiers: [], referral: null });
  });

  it.each<[unknown, string[]]>([
    [[], ['']],
    [{ pionts: {} }, ['pionts']],
    [{ points: 7 }, ['points']],
    [{ points: { perCurrencyUnit: 0 } }, ['points.perCurrencyUnit']],
    [{ points: { perCurrencyUnit: -1, round: 'away' } }, ['points.round', 'points.perCurrencyUnit']],
    [{ points: { perCurrencyUnit: 0.00001 } }, ['points.perCurrencyUnit']],
    [{ points: { perCurrencyUnit: 1, expireAfter: 'P0D' } }, ['points.expireAfter']],
    [{ points: { perCurrencyUnit: 1, minimumOrder: '-5' } }, ['points.minimumOrder']],
    [{ tiers: {} }, ['tiers']],
    [{ tiers: [{ key: 'Gold', name: 'G', atPoints: 1 }] }, ['tiers[0].key']],
    [{ tiers: [{ key: 'gold', name: '', atPoints: 1 }] }, ['tiers[0].name']],
    [{ tiers: [{ key: 'gold', name: 'G' }] }, ['tiers[0]']],
    [{ tiers: [{ key: 'gold', name: 'G', atPoints: 0 }] }, ['tiers[0].atPoints']],
    [
      {
        tiers: [
          { key: 'a', name: 'A', atPoints: 5 },
          { key: 'a', name: 'B', atPoints: 5 },
        ],
      },
      ['tiers[1].key', 'tiers[1].atPoints'],
    ],
    [
      {
        tiers: [
          { key: 'a', name: 'A', atPoints: 5 },
          { key: 'b', name: 'B', atYearlyRevenue: 5 },
        ],
      },
      ['tiers[1]'],
    ],
    [{ referral: { url: 'javascript:{code}', rewardPoints: {} } }, ['referral.url']],
    [
      { referral: { url: 'https://shop.test/', rewardPoints: { referrer: -1 } } },
      ['referral.url', 'referral.rewardPoints.referrer'],
    ],
    [{ referral: { url: 'https://shop.test/{code}' } }, ['referral.rewardPoints']],
    [{ validFrom: 'yesterday' }, ['validFrom']],
    [{ validFrom: '2026-02-30' }, ['validFrom']],
  ])('%j: %j', (body, expected) => {
    expect(paths(body)).toEqual(expected);
  });

  it('whatever is sent, it answers', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => void read(body)));
    const piece = fc.record(
      { points: fc.jsonValue(), tiers: fc.jsonValue(), referral: fc.jsonValue(), validFrom: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(fc.property(piece, (body) => void read(body)));
  });
});
