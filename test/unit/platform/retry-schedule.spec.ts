import { judgePost, nextTryAt } from '../../../src/platform/outbox/retry-schedule';

const answered = (status: number) => judgePost({ kind: 'answered', status, retryAfterMs: null, excerpt: '' });

describe('posts to others', () => {
  it('are accepted by 2xx, tried again where that may help, given up else', () => {
    expect([200, 201, 202, 204, 299].map(answered)).toEqual(Array.from({ length: 5 }, () => 'accepted'));
    expect([408, 425, 429, 500, 502, 503, 504, 599].map(answered)).toEqual(Array.from({ length: 8 }, () => 'again'));
    expect([301, 302, 307, 308, 304, 400, 401, 403, 404, 405, 410, 413, 422].map(answered)).toEqual(
      Array.from({ length: 13 }, () => 'refused'),
    );
    expect(judgePost({ kind: 'unreachable', error: 'timeout', forGood: false })).toBe('again');
    expect(judgePost({ kind: 'unreachable', error: 'address', forGood: true })).toBe('refused');
  });

  it('wait longer from try to try, with up to a fifth of jitter, ten tries over about three days', () => {
    const now = new Date('2026-03-02T08:00:00Z');
    const pauses: number[] = [];
    for (let attempts = 1; ; attempts++) {
      const next = nextTryAt('id', attempts, now, null);
      if (!next) break;
      pauses.push((next.getTime() - now.getTime()) / 1000);
    }
    const least = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400];
    expect(pauses).toHaveLength(least.length);
    pauses.forEach((pause, i) => {
      expect(pause).toBeGreaterThanOrEqual(least[i] ?? 0);
      expect(pause).toBeLessThanOrEqual((least[i] ?? 0) * 1.2);
    });
    expect(nextTryAt('id', 1, now, null)).toEqual(nextTryAt('id', 1, now, null));
    expect(nextTryAt('id', 1, now, null)).not.toEqual(nextTryAt('other', 1, now, null));
  });

  it('heed how long a receiver asks for, within a day', () => {
    const now = new Date('2026-03-02T08:00:00Z');
    expect(nextTryAt('id', 1, now, 3_600_000)).toEqual(new Date('2026-03-02T09:00:00Z'));
    expect(nextTryAt('id', 1, now, 1e12)).toEqual(new Date('2026-03-03T08:00:00Z'));
    expect(nextTryAt('id', 9, now, 1000)?.getTime()).toBeGreaterThan(now.getTime() + 86_400_000);
  });
});
