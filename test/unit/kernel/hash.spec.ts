import { createHash } from 'node:crypto';
import { holdoutDraw, splitDraw, uniform } from '../../../src/kernel/hash';

describe('the draw', () => {
  it('is the published formula: first 8 bytes, big-endian, shifted by 11, over 2^53', () => {
    for (const text of ['', 'a', 'salt:holdout:0190', 'ü', 'x'.repeat(1000)]) {
      const digest = createHash('sha256').update(text).digest();
      expect(uniform(text)).toBe(Number(digest.readBigUInt64BE(0) >> 11n) / 2 ** 53);
    }
    expect(holdoutDraw('s', 'c')).toBe(uniform('s:holdout:c'));
    expect(splitDraw('s', 'k', 'c')).toBe(uniform('s:split:k:c'));
  });
  it('is spread evenly', () => {
    const n = 20_000;
    let below = 0;
    for (let i = 0; i < n; i++) if (holdoutDraw('salt', `customer-${i}`) < 0.1) below++;
    expect(Math.abs(below / n - 0.1)).toBeLessThan(0.01);
  });
});
