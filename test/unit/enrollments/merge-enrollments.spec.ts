import { type MergingEnrollment, planMerge } from '../../../src/enrollments/domain/merge-enrollments';

const one = (id: string, change: Partial<MergingEnrollment> = {}): MergingEnrollment => ({
  id,
  leaving: false,
  campaignId: 'c1',
  entryKey: '',
  arm: 'treatment',
  enteredAt: new Date(`2026-03-0${id.slice(-1)}T00:00:00Z`),
  active: true,
  ...change,
});

describe('merging two records', () => {
  it('the earlier enrollment stays, whichever record it belongs to', () => {
    expect(planMerge([one('e2'), one('e1', { leaving: true })])).toEqual({ remove: ['e2'], exclude: [] });
    expect(planMerge([one('e1'), one('e2', { leaving: true })])).toEqual({ remove: ['e2'], exclude: [] });
    expect(planMerge([one('e1', { active: false }), one('e2', { leaving: true })])).toEqual({
      remove: ['e2'],
      exclude: [],
    });
  });
  it('different arms leave the analysis', () => {
    expect(planMerge([one('e1'), one('e2', { leaving: true, arm: 'holdout' })])).toEqual({
      remove: ['e2'],
      exclude: ['e1', 'e2'],
    });
  });
  it('different campaigns and orders have nothing to do with each other', () => {
    expect(planMerge([one('e1'), one('e2', { leaving: true, campaignId: 'c2' })])).toEqual({ remove: [], exclude: [] });
    expect(planMerge([one('e1', { entryKey: 'o1' }), one('e2', { leaving: true, entryKey: 'o2' })])).toEqual({
      remove: [],
      exclude: [],
    });
  });
  it('leaves the campaigns of one record alone', () => {
    expect(planMerge([one('e1', { active: false }), one('e2')])).toEqual({ remove: [], exclude: [] });
  });
  it('never leaves two active ones with the same key', () => {
    const plan = planMerge([one('e1', { active: false }), one('e2'), one('e3', { leaving: true })]);
    expect(plan.remove).toEqual(['e3']);
  });
});
