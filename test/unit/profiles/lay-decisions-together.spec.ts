import { laidTogether } from '../../../src/profiles/domain/lay-decisions-together';
import { type DecisionView, type ExplainedMail } from '../../../src/profiles/profiles.types';

const at = (minute: number): Date => new Date(Date.UTC(2026, 2, 2, 8, minute));
const line = (kind: string, minute: number, change: Partial<DecisionView> = {}): DecisionView => ({
  at: at(minute).toISOString(),
  campaign: 'news',
  enrollmentId: 'e1',
  kind,
  step: null,
  outcome: '',
  reason: null,
  values: {},
  ...change,
});
const mail = (change: Partial<ExplainedMail> = {}): ExplainedMail => ({
  messageId: 'm1',
  campaign: 'news',
  enrollmentId: 'e1',
  step: 'hello',
  status: 'sent',
  reason: null,
  dueAt: at(1),
  queuedAt: at(1),
  sentAt: at(2),
  attempts: 1,
  template: 'plain',
  templateVersion: 3,
  ...change,
});

describe('the lines of an explanation', () => {
  it('the decision about a mail and what became of it are one', () => {
    const decided = line('email', 1, { step: 'hello', outcome: 'queued', values: { zone: 'Europe/Rome' } });
    const [only, ...others] = laidTogether([decided], [mail()]);
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      at: at(2).toISOString(),
      outcome: 'sent',
      values: { zone: 'Europe/Rome', messageId: 'm1' },
    });
  });

  it('a mail from before decisions were kept stands by itself, a decision without a mail too', () => {
    const lines = laidTogether(
      [line('split', 3, { step: 'steps[1]', outcome: 'a' })],
      [mail({ sentAt: null, status: 'skipped', reason: 'too_late' })],
    );
    expect(lines.map(({ kind, outcome, reason }) => [kind, outcome, reason])).toEqual([
      ['email', 'skipped', 'too_late'],
      ['split', 'a', null],
    ]);
  });

  it('of one instant entering comes first, the steps in their order, the end last', () => {
    const lines = [line('entry', 1), line('branch', 1, { step: 's0' }), line('end', 1), line('tag', 1, { step: 's1' })];
    expect(laidTogether(lines, []).map(({ kind }) => kind)).toEqual(['entry', 'branch', 'tag', 'end']);
  });
});
