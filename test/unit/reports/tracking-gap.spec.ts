import { addDays, startOfDay } from '../../../src/kernel/local-time';
import { trackingGaps } from '../../../src/reports/domain/tracking-gap';

const ZONE = 'Europe/Rome';
const FIRST = '2026-03-01';
/** Days of March 2026 (and after) by number, without those left out. */
const days = (count: number, ...without: number[]) =>
  Array.from({ length: count }, (_, i) => i + 1)
    .filter((day) => !without.includes(day))
    .map((day) => addDays(FIRST, day - 1));
const span = (from: number, to: number) => ({
  from: startOfDay(addDays(FIRST, from - 1), ZONE),
  to: startOfDay(addDays(FIRST, to - 1), ZONE),
});
const gaps = (delivered: string[], ...spans: Array<ReturnType<typeof span>>) =>
  trackingGaps([{ source: 'shop', days: delivered }], spans, ZONE);

describe('tracking gap', () => {
  it('a lively source silent for three whole days inside the windows', () => {
    expect(gaps(days(40, 20, 21, 22), span(15, 40))).toEqual([
      { source: 'shop', from: '2026-03-20', to: '2026-03-22' },
    ]);
  });
  it('two days are none', () => {
    expect(gaps(days(40, 20, 21), span(15, 40))).toEqual([]);
  });
  it('a source that delivered on fewer than 10 of the 14 days before was not lively', () => {
    // 9 of the days 6 to 19.
    expect(gaps(days(40, 6, 8, 10, 12, 14, 20, 21, 22, 23), span(15, 40))).toEqual([]);
    expect(gaps(days(40, 6, 8, 10, 12, 20, 21, 22, 23), span(15, 40))).toHaveLength(1);
  });
  it('only the part inside the windows counts, in whole days', () => {
    expect(gaps(days(40, 20, 21, 22, 23), span(22, 40))).toEqual([]);
    expect(gaps(days(40, 20, 21, 22, 23), span(21, 40))).toEqual([
      { source: 'shop', from: '2026-03-21', to: '2026-03-23' },
    ]);
    const late = { from: new Date(span(21, 40).from.getTime() + 1), to: span(21, 40).to };
    expect(gaps(days(40, 20, 21, 22, 23), late)).toEqual([]);
  });
  it('silence between the windows of two groups of people is none', () => {
    expect(gaps(days(60, 20, 21, 22, 23), span(10, 20), span(30, 50))).toEqual([]);
  });
  it('a source that fell silent for good is one up to the last whole day', () => {
    const toNoon = { from: span(10, 30).from, to: new Date(span(10, 30).to.getTime() + 12 * 3_600_000) };
    expect(gaps(days(26), toNoon)).toEqual([{ source: 'shop', from: '2026-03-27', to: '2026-03-29' }]);
    expect(gaps(days(27), toNoon)).toEqual([]);
  });
  it('a source that never delivered, or nobody watched, is none', () => {
    expect(gaps([], span(10, 30))).toEqual([]);
    expect(gaps(days(20))).toEqual([]);
  });
  it('days are those of the store, across its clock change', () => {
    // 29 March 2026 has 23 hours in Rome.
    expect(gaps(days(45, 28, 29, 30), span(28, 31))).toHaveLength(1);
  });
});
