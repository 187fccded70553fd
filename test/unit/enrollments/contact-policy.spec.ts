import { type SendWindow } from '../../../src/campaigns/campaign.types';
import {
  ContactDesk,
  type ContactFacts,
  type ContactPolicy,
  type ContactRequest,
  type ContactVerdict,
  NO_POLICY,
} from '../../../src/enrollments/domain/contact-policy';
import { parseDuration } from '../../../src/kernel/duration';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ROME = 'Europe/Rome';
/** A Wednesday, 11:00 in Rome. */
const NOON = new Date('2026-03-04T10:00:00Z');
const plus = (ms: number, from = NOON): Date => new Date(from.getTime() + ms);

const QUIET: ContactPolicy = { ...NO_POLICY, quietHours: { from: '21:00', to: '08:00', timezone: 'customer' } };
const capped = (maxMessages: number, per: string, rest: Partial<ContactPolicy> = {}): ContactPolicy => ({
  ...NO_POLICY,
  maxMessages,
  per: parseDuration(per)!,
  ...rest,
});
const facts = (rest: Partial<ContactFacts> = {}): ContactFacts => ({
  zone: ROME,
  contacts: [],
  onHold: null,
  ...rest,
});
const request = (now: Date, rest: Partial<ContactRequest> = {}): ContactRequest => ({
  enrollmentId: 'e',
  campaignId: 'c',
  step: 'hello',
  basis: 'consent',
  arm: 'treatment',
  priority: 50,
  plan: now,
  expiresAt: plus(2 * DAY, now),
  sendWindow: null,
  ...rest,
});
const sent = (at: Date, rest: Partial<ContactFacts['contacts'][number]> = {}) => ({
  at,
  campaignId: 'other',
  priority: 50,
  ...rest,
});
function ask(
  policy: ContactPolicy,
  now: Date,
  known: Partial<ContactFacts> = {},
  wish: Partial<ContactRequest> = {},
): ContactVerdict {
  return new ContactDesk(policy, facts(known), now).ask(request(now, wish));
}
const held = (until: string, reason: string): object => ({ action: 'defer', until: new Date(until), reason });

describe('without a policy', () => {
  it('everything goes at once', () => {
    expect(ask(NO_POLICY, NOON)).toEqual({ action: 'go' });
  });
});

describe('quiet hours', () => {
  it('begin with their first minute and end before their last', () => {
    expect(ask(QUIET, new Date('2026-03-04T19:59:59.999Z'))).toEqual({ action: 'go' });
    expect(ask(QUIET, new Date('2026-03-04T20:00:00Z'))).toMatchObject(held('2026-03-05T07:00:00Z', 'quiet_hours'));
    expect(ask(QUIET, new Date('2026-03-05T06:59:59.999Z'))).toMatchObject(held('2026-03-05T07:00:00Z', 'quiet_hours'));
    expect(ask(QUIET, new Date('2026-03-05T07:00:00Z'))).toEqual({ action: 'go' });
  });

  it('are those of the customer, or of one zone for all', () => {
    const tokyo = { zone: 'Asia/Tokyo' };
    expect(ask(QUIET, new Date('2026-03-04T12:30:00Z'), tokyo)).toMatchObject(
      held('2026-03-04T23:00:00Z', 'quiet_hours'),
    );
    const inRome = { ...NO_POLICY, quietHours: { from: '21:00', to: '08:00', timezone: ROME } };
    expect(ask(inRome, new Date('2026-03-04T12:30:00Z'), tokyo)).toEqual({ action: 'go' });
  });

  it('within one day too', () => {
    const siesta = { ...NO_POLICY, quietHours: { from: '13:00', to: '15:30', timezone: 'customer' } };
    expect(ask(siesta, new Date('2026-03-04T12:10:00Z'))).toMatchObject(held('2026-03-04T14:30:00Z', 'quiet_hours'));
    expect(ask(siesta, new Date('2026-03-04T11:59:00Z'))).toEqual({ action: 'go' });
  });

  it('end by the wall clock in the night in which it changes', () => {
    // 29 March 2026 has 23 hours in Rome, 25 October 25: 08:00 is 06:00Z, then 07:00Z.
    expect(ask(QUIET, new Date('2026-03-28T20:30:00Z'))).toMatchObject(held('2026-03-29T06:00:00Z', 'quiet_hours'));
    expect(ask(QUIET, new Date('2026-10-24T19:30:00Z'))).toMatchObject(held('2026-10-25T07:00:00Z', 'quiet_hours'));
  });

  it('that end in the gap end with it; those in an hour that comes twice are quiet both times', () => {
    const early = { ...NO_POLICY, quietHours: { from: '21:00', to: '02:30', timezone: ROME } };
    expect(ask(early, new Date('2026-03-29T00:30:00Z'))).toMatchObject(held('2026-03-29T01:00:00Z', 'quiet_hours'));
    // 02:15 the second time, on 25 October.
    expect(ask(early, new Date('2026-10-25T01:15:00Z'))).toMatchObject(held('2026-10-25T01:30:00Z', 'quiet_hours'));
    expect(ask(early, new Date('2026-10-25T00:40:00Z'))).toEqual({ action: 'go' });
  });

  it('say what the clock shows', () => {
    const verdict = ask(QUIET, new Date('2026-03-04T20:05:00Z'));
    expect(verdict).toMatchObject({
      values: { quietHours: '21:00-08:00', timezone: ROME, localDate: '2026-03-04', localTime: '21:05' },
    });
  });

  it('skip what is of no use in the morning', () => {
    const tonight = { expiresAt: new Date('2026-03-04T22:00:00Z') };
    expect(ask(QUIET, new Date('2026-03-04T20:05:00Z'), {}, tonight)).toMatchObject({
      action: 'skip',
      reason: 'quiet_hours',
      values: { until: '2026-03-05T07:00:00.000Z', expiresAt: '2026-03-04T22:00:00.000Z' },
    });
    // To the very last instant of its usefulness it waits.
    const justInTime = { expiresAt: new Date('2026-03-05T07:00:00Z') };
    expect(ask(QUIET, new Date('2026-03-04T20:05:00Z'), {}, justInTime)).toMatchObject({ action: 'defer' });
  });
});

describe('the send window of a campaign', () => {
  const WEEK: SendWindow = { days: ['mon', 'tue'], from: '09:00', to: '20:00', timezone: 'customer' };

  it('waits for the next day that it opens on', () => {
    const week = { sendWindow: WEEK, expiresAt: plus(20 * DAY) };
    expect(ask(NO_POLICY, NOON, {}, week)).toMatchObject(held('2026-03-09T08:00:00Z', 'send_window'));
    expect(ask(NO_POLICY, new Date('2026-03-09T08:00:00Z'), {}, week)).toEqual({ action: 'go' });
    expect(ask(NO_POLICY, new Date('2026-03-09T19:00:00Z'), {}, week)).toMatchObject(
      held('2026-03-10T08:00:00Z', 'send_window'),
    );
    expect(ask(NO_POLICY, NOON, {}, { sendWindow: WEEK })).toMatchObject({ action: 'skip', reason: 'send_window' });
  });

  it('over midnight belongs to the day on which it opened', () => {
    const night = { sendWindow: { ...WEEK, from: '22:00', to: '01:00' }, expiresAt: plus(20 * DAY) };
    // 00:30 on Wednesday, 4 March: of Tuesday's window.
    expect(ask(NO_POLICY, new Date('2026-03-03T23:30:00Z'), {}, night)).toEqual({ action: 'go' });
    // 00:30 on Monday: Sunday's is closed.
    expect(ask(NO_POLICY, new Date('2026-03-08T23:30:00Z'), {}, night)).toMatchObject(
      held('2026-03-09T21:00:00Z', 'send_window'),
    );
  });

  it('and quiet hours are both kept', () => {
    const early = { sendWindow: { from: '06:00', to: '09:00', timezone: ROME } };
    expect(ask(QUIET, new Date('2026-03-04T10:00:00Z'), {}, early)).toMatchObject(
      held('2026-03-05T07:00:00Z', 'send_window'),
    );
  });

  it('that lies in the quiet hours altogether never opens', () => {
    const never = { sendWindow: { from: '22:00', to: '23:00', timezone: ROME }, expiresAt: plus(3000 * DAY) };
    expect(ask(QUIET, NOON, {}, never)).toMatchObject({ action: 'skip', reason: 'send_window' });
  });
});

describe('blackout dates', () => {
  it('are whole days of the quiet hours, else of the customer', () => {
    const policy = { ...NO_POLICY, blackout: ['2026-03-04', '2026-03-05'] };
    expect(ask(policy, NOON)).toMatchObject(held('2026-03-05T23:00:00Z', 'blackout'));
    const tokyo = { zone: 'Asia/Tokyo' };
    expect(ask(policy, new Date('2026-03-05T16:00:00Z'), tokyo)).toEqual({ action: 'go' });
    const inRome = { ...QUIET, quietHours: { from: '21:00', to: '08:00', timezone: ROME }, blackout: ['2026-03-05'] };
    expect(ask(inRome, new Date('2026-03-05T16:00:00Z'), tokyo)).toMatchObject(
      held('2026-03-06T07:00:00Z', 'blackout'),
    );
  });

  it('skip what is of no use after them', () => {
    const policy = { ...NO_POLICY, blackout: ['2026-03-04', '2026-03-05', '2026-03-06'] };
    expect(ask(policy, NOON)).toMatchObject({ action: 'skip', reason: 'blackout' });
  });
});

describe('a hold', () => {
  const COMPLAINT = { onHold: { holds: true, values: { tags: ['complaint'] } } };

  it('is looked at again every hour, and last when the mail expires', () => {
    expect(ask(NO_POLICY, NOON, COMPLAINT)).toEqual({
      action: 'defer',
      until: plus(HOUR),
      reason: 'on_hold',
      values: { tags: ['complaint'] },
    });
    const soon = { expiresAt: plus(HOUR / 2) };
    expect(ask(NO_POLICY, NOON, COMPLAINT, soon)).toMatchObject({ action: 'defer', until: soon.expiresAt });
    expect(ask(NO_POLICY, NOON, COMPLAINT, { expiresAt: NOON })).toMatchObject({ action: 'skip', reason: 'on_hold' });
    expect(ask(NO_POLICY, NOON, { onHold: { holds: false, values: {} } })).toEqual({ action: 'go' });
  });

  it('sleeps through the quiet hours', () => {
    expect(ask(QUIET, new Date('2026-03-04T19:30:00Z'), COMPLAINT)).toMatchObject(
      held('2026-03-05T07:00:00Z', 'on_hold'),
    );
    expect(ask(QUIET, new Date('2026-03-04T21:30:00Z'), COMPLAINT)).toMatchObject(
      held('2026-03-05T07:00:00Z', 'quiet_hours'),
    );
  });
});

describe('the cap', () => {
  const TWO = capped(2, 'P7D');

  it('counts what lies within the sliding window', () => {
    const [old, recent] = [plus(-7 * DAY), plus(-3 * DAY)];
    expect(ask(TWO, NOON, { contacts: [sent(old), sent(recent)] })).toEqual({ action: 'go' });
    const full = { contacts: [sent(plus(1, old)), sent(recent)] };
    expect(ask(TWO, NOON, full)).toMatchObject({
      ...held(plus(1).toISOString(), 'frequency_cap'),
      values: { count: 2, maxMessages: 2, per: 'P7D' },
    });
  });

  it('frees a place in the calendar of the customer', () => {
    // Saturday 12:00 in Rome; a week later the clock has changed.
    const before = new Date('2026-03-28T11:00:00Z');
    const week = { expiresAt: plus(60 * DAY) };
    expect(ask(capped(1, 'P7D'), plus(HOUR, before), { contacts: [sent(before)] }, week)).toMatchObject(
      held('2026-04-04T10:00:00Z', 'frequency_cap'),
    );
    expect(ask(capped(1, 'PT168H'), plus(HOUR, before), { contacts: [sent(before)] }, week)).toMatchObject(
      held('2026-04-04T11:00:00Z', 'frequency_cap'),
    );
  });

  it('of months waits out a month end', () => {
    const contacts = [sent(new Date('2026-01-31T11:00:00Z'))];
    const late = { expiresAt: plus(90 * DAY) };
    // The month end is clipped, as everywhere.
    expect(ask(capped(1, 'P1M'), new Date('2026-02-10T11:00:00Z'), { contacts }, late)).toMatchObject(
      held('2026-02-28T11:00:00Z', 'frequency_cap'),
    );
  });

  it('waits for quiet hours as well, in whichever order they come', () => {
    const policy = capped(1, 'P1D', { quietHours: QUIET.quietHours });
    const evening = new Date('2026-03-04T19:30:00Z');
    // Room at 20:30 in Rome, before the quiet hours.
    expect(ask(policy, NOON, { contacts: [sent(plus(-DAY, evening))] })).toMatchObject(
      held('2026-03-04T19:30:00Z', 'frequency_cap'),
    );
    // Room within them: until the morning, because of the cap now.
    expect(ask(policy, NOON, { contacts: [sent(plus(2 * HOUR - DAY, evening))] })).toMatchObject(
      held('2026-03-05T07:00:00Z', 'frequency_cap'),
    );
    // Asked within them: it is the quiet hours that last longer.
    expect(ask(policy, plus(HOUR, evening), { contacts: [sent(plus(2 * HOUR - DAY, evening))] })).toMatchObject(
      held('2026-03-05T07:00:00Z', 'quiet_hours'),
    );
  });

  it('skips what no place is found for in time', () => {
    const contacts = [sent(plus(-DAY)), sent(plus(-DAY))];
    expect(ask(TWO, NOON, { contacts })).toMatchObject({
      action: 'skip',
      reason: 'frequency_cap',
      values: { count: 2, until: plus(6 * DAY).toISOString() },
    });
  });

  it('is met by the next campaign that asks for the same person', () => {
    const desk = new ContactDesk(TWO, facts({ contacts: [sent(plus(-DAY))] }), NOON);
    expect(desk.ask(request(NOON, { priority: 80, campaignId: 'a' }))).toEqual({ action: 'go' });
    expect(desk.ask(request(NOON, { priority: 20, campaignId: 'b' }))).toMatchObject({
      action: 'skip',
      reason: 'outranked',
      values: { count: 2, priority: 20, by: [{ campaignId: 'a', priority: 80 }] },
    });
    expect(desk.ask(request(NOON, { priority: 80, campaignId: 'b' }))).toMatchObject({ reason: 'frequency_cap' });
  });

  it('names a higher campaign only where it took the place while this one wanted it', () => {
    const contacts = [sent(plus(-DAY), { priority: 90 })];
    const wanting = { plan: plus(-DAY), expiresAt: plus(9 * DAY) };
    expect(ask(capped(1, 'P7D'), NOON, { contacts }, wanting)).toMatchObject({ reason: 'outranked' });
    expect(ask(capped(1, 'P7D'), NOON, { contacts }, { ...wanting, plan: NOON })).toMatchObject({
      reason: 'frequency_cap',
    });
  });
});

describe('who is held back by what', () => {
  const all = capped(1, 'P7D', { quietHours: QUIET.quietHours, blackout: ['2026-03-04'] });
  const busy = { contacts: [sent(plus(-HOUR))], onHold: { holds: true, values: {} } };

  it('transactional mail by nothing, and it uses no cap', () => {
    const desk = new ContactDesk(capped(1, 'P7D'), facts(), NOON);
    expect(new ContactDesk(all, facts(busy), NOON).ask(request(NOON, { basis: 'transactional' }))).toEqual({
      action: 'go',
    });
    desk.ask(request(NOON, { basis: 'transactional' }));
    expect(desk.ask(request(NOON))).toEqual({ action: 'go' });
  });

  it('a held-out mail by time alone, and it outranks nobody', () => {
    const desk = new ContactDesk(capped(1, 'P7D'), facts(), NOON);
    for (const arm of ['holdout', 'holdout', 'treatment'] as const)
      expect(desk.ask(request(NOON, { arm, priority: arm === 'holdout' ? 90 : 10 }))).toEqual({ action: 'go' });
    expect(desk.ask(request(NOON, { arm: 'holdout' }))).toEqual({ action: 'go' });
    expect(desk.ask(request(NOON))).toMatchObject({ reason: 'frequency_cap' });
    const night = new Date('2026-03-04T20:30:00Z');
    expect(ask(QUIET, night, {}, { arm: 'holdout' })).toEqual(ask(QUIET, night));
  });

  it('for a reason of time both arms are skipped alike, whatever the cap says', () => {
    const tonight = { expiresAt: new Date('2026-03-04T21:00:00Z') };
    const night = new Date('2026-03-04T20:30:00Z');
    const policy = capped(1, 'P7D', { quietHours: QUIET.quietHours });
    for (const arm of ['holdout', 'treatment'] as const) {
      expect(ask(policy, night, { contacts: [sent(NOON)] }, { ...tonight, arm })).toMatchObject({
        action: 'skip',
        reason: 'quiet_hours',
      });
    }
  });
});
