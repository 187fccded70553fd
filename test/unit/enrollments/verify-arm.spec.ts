import { armDeviation, splitDeviation, type StoredArm } from '../../../src/enrollments/domain/verify-arm';
import { holdoutDraw } from '../../../src/kernel/hash';

const stored = (change: Partial<StoredArm>): StoredArm => ({
  ...{ salt: 's', customerId: 'c', mergedIds: [], share: 0.5, firstArm: 'treatment', excluded: null },
  ...{ arm: 'treatment', armReason: 'drawn' },
  ...change,
});

describe('a stored arm', () => {
  const drawn = holdoutDraw('s', 'c') < 0.5 ? 'holdout' : 'treatment';
  const other = drawn === 'holdout' ? 'treatment' : 'holdout';

  it.each<[string, Partial<StoredArm>, boolean]>([
    ['as drawn', { arm: drawn }, true],
    ['not as drawn', { arm: other }, false],
    ['drawn, of no version', { arm: drawn, share: null }, false],
    ['kept', { armReason: 'kept', arm: 'holdout', firstArm: 'holdout' }, true],
    ['kept, but another', { armReason: 'kept', arm: 'holdout' }, false],
    ['kept, of a merged person', { armReason: 'kept', arm: 'holdout', excluded: 'merged' }, true],
    ['nobody held out', { armReason: 'no_holdout', share: 0 }, true],
    ['nobody held out, but held out', { armReason: 'no_holdout', share: 0, arm: 'holdout' }, false],
    ['nobody held out, but somebody was to be', { armReason: 'no_holdout' }, false],
    ['imported', { armReason: 'imported', arm: other }, true],
    ['no way to an arm', { armReason: 'by_hand' }, false],
  ])('%s', (_, change, holds) => {
    expect(armDeviation(stored(change)) === null).toBe(holds);
  });

  it('of a split goes by any version that had it, and by none is a deviation', () => {
    const split = { salt: 's', customerId: 'c', mergedIds: [], key: 'k', arm: 'b' };
    expect(splitDeviation(split, [])).toContain('no version');
    expect(splitDeviation(split, [[{ name: 'a', upTo: 1 }]])).toContain('is a');
    expect(splitDeviation(split, [[{ name: 'a', upTo: 1 }], [{ name: 'b', upTo: 1 }]])).toBeNull();
  });
});
