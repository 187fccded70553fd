import { isUuid, newId } from '../../../src/kernel/ids';

describe('newId', () => {
  const at = new Date('2026-03-02T08:00:00.123Z');

  it('is a UUID v7 of the instant given', () => {
    const id = newId(at);
    expect(isUuid(id)).toBe(true);
    expect(id[14]).toBe('7');
    expect(parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(at.getTime());
  });

  it('ascends within a millisecond and never repeats', () => {
    const ids = Array.from({ length: 5_000 }, () => newId(at));
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
    // The random tail differs too: two processes may hold the same place in the sequence.
    expect(new Set(ids.map((id) => id.slice(-10))).size).toBe(ids.length);
  });
});
