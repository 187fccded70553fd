import fc from 'fast-check';
import { Stretches } from '../../../src/kernel/stretches';

describe('stretches of time', () => {
  it('begin with each change and are counted from none', () => {
    const stretches = new Stretches([30, 10, 30, 20]);
    expect([5, 10, 19, 20, 29, 30, 99].map((at) => stretches.at(at))).toEqual([0, 1, 1, 2, 2, 3, 3]);
  });

  it('are found whatever was asked before', () => {
    const instant = fc.integer({ min: -20, max: 20 });
    fc.assert(
      fc.property(fc.array(instant), fc.array(instant), (changes, questions) => {
        const stretches = new Stretches(changes);
        for (const at of questions) expect(stretches.at(at)).toBe(new Set(changes.filter((one) => one <= at)).size);
      }),
    );
  });

  it('know of changes that were always there', () => {
    expect(new Stretches([-Infinity, 5]).at(0)).toBe(1);
  });
});
