import { besideCredit, type IncrementalRevenue } from '../../../src/reports/domain/attribution-beside';

const effect = (change: Partial<IncrementalRevenue> = {}): IncrementalRevenue => ({
  ...{ incremental: 300, ci: [100, 500], verdict: 'positive', reasons: [], customers: 900, window: 'P30D', epoch: 1 },
  ...change,
});
const money = (amount: number): string => `EUR ${amount.toFixed(2)}`;
const beside = (attributed: number, change: Partial<IncrementalRevenue> = {}) =>
  besideCredit(attributed, effect(change), money);

describe('credit beside effect', () => {
  it('says what went to orders that would have come anyway', () => {
    const found = beside(1200);
    expect(found).toMatchObject({ attributed: 1200, incremental: 300, incrementalCi: [100, 500], share: 0.25 });
    expect(found.explanation).toContain('Last click credits EUR 1200.00');
    expect(found.explanation).toContain(
      'EUR 300.00 (between EUR 100.00 and EUR 500.00) would not have come without them',
    );
    expect(found.explanation).toContain('EUR 900.00 or so of the credit went to mails on the way');
  });

  it('says when mails did more than clicks show, and when the two agree', () => {
    expect(beside(50).explanation).toContain('did more than clicks show');
    expect(beside(400).explanation).toContain('do not contradict each other');
  });

  it('says that nothing can be told without a control group, or by one that cannot be read', () => {
    const none = beside(1200, { incremental: null, ci: null, verdict: 'not_readable', reasons: ['no_control'] });
    expect(none).toMatchObject({ incremental: null, share: null });
    expect(none.explanation).toContain('cannot be told yet, for want of a control group to read: no_control.');
    const few = beside(1200, { verdict: 'not_readable', reasons: ['few_customers'] });
    expect(few.explanation).toContain('not to be relied on: few_customers');
    expect(few.explanation).not.toContain('or so of the credit');
  });

  it('is of no share where nothing is credited', () => {
    expect(beside(0).share).toBeNull();
  });
});
