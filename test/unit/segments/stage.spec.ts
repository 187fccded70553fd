import { stageMoves, type StageBefore } from '../../../src/segments/domain/stage-moves';
import { stageOn } from '../../../src/segments/stage';

const rules = { thresholdDays: 90, repeatMinOrders: 2 };

describe('stageOn', () => {
  it.each([
    [0, null, '2026-03-02', 'prospect'],
    [1, '2026-03-01', '2026-03-02', 'recent'],
    [2, '2026-03-01', '2026-03-02', 'repeat'],
    [1, '2026-03-02', '2026-05-31', 'recent'],
    [1, '2026-03-02', '2026-06-01', 'lapsed'],
    [7, '2026-03-02', '2026-06-01', 'lapsed'],
    [1, '2026-03-05', '2026-03-02', 'recent'],
  ])('%i orders, the last on %s, seen on %s: %s', (orderCount, lastDay, day, stage) => {
    expect(stageOn({ orderCount, lastDay }, day, rules)).toBe(stage);
  });

  it('follows the setting', () => {
    expect(
      stageOn({ orderCount: 1, lastDay: '2026-03-01' }, '2026-03-09', { thresholdDays: 7, repeatMinOrders: 2 }),
    ).toBe('lapsed');
    expect(
      stageOn({ orderCount: 2, lastDay: '2026-03-01' }, '2026-03-02', { thresholdDays: 7, repeatMinOrders: 3 }),
    ).toBe('recent');
    expect(
      stageOn({ orderCount: 1, lastDay: '2026-03-01' }, '2026-03-02', { thresholdDays: 7, repeatMinOrders: 1 }),
    ).toBe('repeat');
  });
});

describe('stageMoves', () => {
  const when = { at: new Date('2026-06-01T10:00:00Z'), today: '2026-06-01', zone: 'Europe/Rome' };
  const live = { cause: 'order', starts: true } as const;
  const recent: StageBefore = { stage: 'recent', orderCount: 1, lastDay: '2026-05-01' };
  const moves = (
    before: StageBefore | null,
    orderCount: number,
    lastDay: string | null,
    touch: Parameters<typeof stageMoves>[2] = live,
  ) => stageMoves(before, { orderCount, lastDay }, touch, when, rules);

  it('is silent where nothing changed', () => {
    expect(moves(recent, 1, '2026-05-30')).toEqual([]);
    expect(moves(null, 0, null)).toEqual([]);
  });

  it('names the cause and starts for orders and refunds only', () => {
    const second = moves(recent, 2, '2026-06-01');
    expect(second).toEqual([{ at: when.at, from: 'recent', to: 'repeat', cause: 'order', starts: true }]);
    expect(moves(recent, 2, '2026-06-01', { cause: 'order', starts: false })).toMatchObject([{ starts: false }]);
    expect(moves(recent, 0, null, { cause: 'refund', starts: true })).toMatchObject([{ to: 'prospect', starts: true }]);
    for (const cause of ['import', 'merge', 'threshold'] as const) {
      expect(moves(recent, 2, '2026-06-01', { cause, starts: true })).toMatchObject([{ cause, starts: false }]);
    }
  });

  it('takes somebody new from nowhere', () => {
    expect(moves(null, 1, '2026-06-01')).toMatchObject([{ from: null, to: 'recent' }]);
    expect(moves(null, 1, '2025-06-01', { cause: 'import', starts: false })).toMatchObject([
      { from: null, to: 'lapsed' },
    ]);
  });

  describe('where the sweep has not come by since midnight', () => {
    const overdue: StageBefore = { stage: 'recent', orderCount: 1, lastDay: '2026-03-02' };
    const midnight = new Date('2026-05-31T22:00:00Z');

    it('records the lapse at its midnight first, and it starts nothing when an order took it back', () => {
      expect(moves(overdue, 2, '2026-06-01')).toEqual([
        { at: midnight, from: 'recent', to: 'lapsed', cause: 'time', starts: false },
        { at: when.at, from: 'lapsed', to: 'repeat', cause: 'order', starts: true },
      ]);
    });

    it('lets the lapse start what it starts when the touch changed nothing, by whatever cause', () => {
      expect(moves(overdue, 1, '2026-03-02', { cause: 'import', starts: false })).toEqual([
        { at: midnight, from: 'recent', to: 'lapsed', cause: 'time', starts: true },
      ]);
    });
  });
});
