import { type Instruction, type Program } from '../../../src/campaigns/campaign.types';
import { type ContactPolicy, NO_POLICY, type PastContact } from '../../../src/enrollments/domain/contact-policy';
import { forecastMails, type Traveller } from '../../../src/enrollments/domain/forecast-mails';
import { type Duration, parseDuration } from '../../../src/kernel/duration';

const NOW = new Date('2026-03-02T08:00:00Z');
const UNTIL = new Date('2026-04-01T00:00:00Z');
const span = (text: string): Duration => {
  const duration = parseDuration(text);
  if (!duration) throw new Error(text);
  return duration;
};
const email = (key: string): Instruction => ({ op: 'email', path: key, key, templateId: 't' });
const wait = (text: string): Instruction => ({ op: 'wait', path: 'w', for: span(text), at: null });
const traveller = (instructions: Instruction[], change: Partial<Traveller> = {}): Traveller => ({
  ...{ enrollmentId: 'e', campaignId: 'c', priority: 50, zone: 'Europe/Rome', holding: new Set() },
  program: { instructions, basis: 'consent', maxLateness: span('P2D'), goal: null } satisfies Program,
  state: {
    ...{ status: 'active', arm: 'treatment', position: 0, nextRunAt: NOW, dueAt: NOW },
    ...{ exitReason: null, waitingSince: null },
  },
  mail: { email: 'a@example.com', consentStatus: 'subscribed', suppressed: null, erased: false, hasBought: false },
  splitDraw: () => 0.3,
  ...change,
});
const mails = (who: Traveller, policy: ContactPolicy = NO_POLICY, contacts: PastContact[] = []): string[] =>
  forecastMails(who, policy, contacts, NOW, UNTIL).map((at) => at.toISOString());

describe('a forecast of mails', () => {
  it('goes from wait to wait, up to the end of what was asked', () => {
    const steps = [email('a'), wait('P7D'), email('b'), wait('P60D'), email('c')];
    expect(mails(traveller(steps))).toEqual(['2026-03-02T08:00:00.000Z', '2026-03-09T08:00:00.000Z']);
  });

  it('keeps to quiet hours and to the cap, that of mails forecast before included', () => {
    const policy: ContactPolicy = {
      ...NO_POLICY,
      ...{ maxMessages: 1, per: span('P2D') },
      quietHours: { from: '08:00', to: '12:00', timezone: 'Europe/Rome' },
    };
    const contacts: PastContact[] = [];
    expect(mails(traveller([email('a')]), policy, contacts)).toEqual(['2026-03-02T11:00:00.000Z']);
    expect(contacts).toHaveLength(1);
    // The next campaign that wants the same person waits until the cap has room, or gives up.
    expect(mails(traveller([email('b')], { campaignId: 'd' }), policy, contacts)).toEqual([]);
    const patient = traveller([email('b')], { campaignId: 'd' });
    patient.program.maxLateness = span('P4D');
    expect(mails(patient, policy, contacts)).toEqual(['2026-03-04T11:00:00.000Z']);
  });

  it('takes conditions as they hold now, splits as they are drawn, and awaited events as not coming', () => {
    const program: Instruction[] = [
      { op: 'jumpUnless', path: 'b', condition: 0, to: 2 },
      email('then'),
      {
        op: 'split',
        path: 's',
        key: 's',
        arms: [
          { name: 'x', upTo: 0.2, to: 3 },
          { name: 'y', upTo: 1, to: 4 },
        ],
      },
      email('x'),
      { op: 'waitFor', path: 'f', eventType: 'order.counted', within: span('P5D'), orElse: 6 },
      { op: 'exit', path: 'e' },
      email('late'),
    ];
    expect(mails(traveller(program))).toEqual(['2026-03-07T08:00:00.000Z']);
    const holding = new Set([0]);
    expect(mails(traveller(program, { holding }))).toEqual(['2026-03-02T08:00:00.000Z', '2026-03-07T08:00:00.000Z']);
    expect(mails(traveller(program, { splitDraw: () => 0.1 }))).toHaveLength(2);
  });

  it('counts nothing for who may not be mailed, is held out or has left', () => {
    const steps = [email('a'), wait('P1D'), email('b')];
    const { mail, state } = traveller(steps);
    expect(mails(traveller(steps, { mail: { ...mail, consentStatus: 'unsubscribed' } }))).toEqual([]);
    expect(mails(traveller(steps, { state: { ...state, arm: 'holdout' } }))).toEqual([]);
    expect(mails(traveller(steps, { state: { ...state, status: 'completed', nextRunAt: null, dueAt: null } }))).toEqual(
      [],
    );
  });
});
