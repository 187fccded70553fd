import { passedDate } from '../../../src/campaigns/domain/passed-date';

describe('the date of an announcement', () => {
  const at = (timezone: string) => ({ on: 'date', at: '2026-12-01T09:00:00', timezone, segment: 's' }) as const;
  const on = (timezone: string, now: string) => passedDate(at(timezone), new Date(now));

  it('in one zone has gone by at that instant', () => {
    expect(on('Europe/Rome', '2026-12-01T07:59:59Z')).toBe('no');
    expect(on('Europe/Rome', '2026-12-01T08:00:00Z')).toBe('everywhere');
  });

  it("in customers' own goes by from east to west", () => {
    expect(on('customer', '2026-11-30T18:59:59Z')).toBe('no');
    expect(on('customer', '2026-11-30T19:00:00Z')).toBe('somewhere');
    expect(on('customer', '2026-12-01T20:59:59Z')).toBe('somewhere');
    expect(on('customer', '2026-12-01T21:00:00Z')).toBe('everywhere');
  });

  it('is a matter of dates alone', () => {
    expect(passedDate({ on: 'manual' }, new Date())).toBe('no');
    expect(passedDate({ on: 'anniversary', field: 'createdAt', at: '09:00' }, new Date())).toBe('no');
  });
});
