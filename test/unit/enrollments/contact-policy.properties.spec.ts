import fc from 'fast-check';
import { type SendWindow, WEEKDAYS } from '../../../src/campaigns/campaign.types';
import { countingSpans, countsUntil, nothingCountsUpTo } from '../../../src/enrollments/domain/cap-window';
import {
  ContactDesk,
  type ContactFacts,
  type ContactPolicy,
  type ContactRequest,
} from '../../../src/enrollments/domain/contact-policy';
import { addDuration, parseDuration } from '../../../src/kernel/duration';
import { localDate, localTime } from '../../../src/kernel/local-time';

const DAY = 86_400_000;
const ZONES = [
  'Europe/Rome',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'America/St_Johns',
  'America/Santiago',
  'Europe/Dublin',
  'Asia/Tehran',
  'Pacific/Chatham',
  'UTC',
];
const zone = fc.constantFrom(...ZONES);
const timezone = fc.constantFrom('customer', ...ZONES);
const time = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
const times = fc.tuple(time, time).filter(([from, to]) => from !== to);
/** Two years with every change of the clock; often near one. */
const now = fc.oneof(
  fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2027-01-01') }),
  fc
    .tuple(
      fc.constantFrom('2026-03-29T01:00Z', '2026-10-25T01:00Z', '2026-03-08T07:00Z', '2026-11-01T06:00Z'),
      fc.integer({ min: -2 * DAY, max: 2 * DAY }),
    )
    .map(([change, off]) => Date.parse(change) + off),
);
const quietHours = times.chain(([from, to]) => timezone.map((one) => ({ from, to, timezone: one })));
const sendWindow: fc.Arbitrary<SendWindow> = fc.record(
  {
    from: time,
    to: time,
    timezone,
    days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
  },
  { requiredKeys: ['from', 'to', 'timezone'] },
);

interface Case {
  policy: ContactPolicy;
  facts: ContactFacts;
  request: ContactRequest;
  now: Date;
}
const cases: fc.Arbitrary<Case> = fc
  .record({
    now,
    zone,
    quietHours: fc.option(quietHours),
    sendWindow: fc.option(sendWindow),
    blackoutDays: fc.array(fc.integer({ min: -1, max: 6 }), { maxLength: 4 }),
    cap: fc.option(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('P7D', 'P1D', 'P1M', 'PT36H', 'P1Y'))),
    contacts: fc.array(fc.tuple(fc.integer({ min: 0, max: 40 * DAY }), fc.constantFrom(10, 50, 90)), { maxLength: 5 }),
    lifeMs: fc.integer({ min: 0, max: 40 * DAY }),
    arm: fc.constantFrom('treatment' as const, 'treatment' as const, 'holdout' as const),
  })
  .map((one) => {
    const at = new Date(one.now);
    const [maxMessages, per] = one.cap ?? [null, null];
    return {
      now: at,
      policy: {
        maxMessages,
        per: per === null ? null : parseDuration(per)!,
        quietHours: one.quietHours,
        blackout: one.blackoutDays.map((days) => localDate(new Date(one.now + days * DAY), one.zone)),
        holdMarketingWhen: null,
        sunset: null,
      },
      facts: {
        zone: one.zone,
        onHold: null,
        contacts: one.contacts.map(([ago, priority]) => ({
          at: new Date(one.now - ago),
          campaignId: 'other',
          priority,
        })),
      },
      request: {
        enrollmentId: 'e',
        campaignId: 'c',
        step: 'hello',
        basis: 'consent' as const,
        arm: one.arm,
        priority: 50,
        plan: at,
        expiresAt: new Date(one.now + one.lifeMs),
        sendWindow: one.sendWindow,
      },
    };
  });

/** The rules as a person would check them, one by one. */
function allowed({ policy, facts, request }: Case, at: Date): boolean {
  const { quietHours: quiet, blackout, maxMessages, per } = policy;
  const zoneOf = (named: string): string => (named === 'customer' ? facts.zone : named);
  const isWithin = (clock: string, from: string, to: string): boolean =>
    from < to ? from <= clock && clock < to : clock >= from || clock < to;
  if (quiet && isWithin(localTime(at, zoneOf(quiet.timezone)), quiet.from, quiet.to)) return false;
  if (blackout.includes(localDate(at, quiet ? zoneOf(quiet.timezone) : facts.zone))) return false;
  const window = request.sendWindow;
  if (window) {
    const its = zoneOf(window.timezone);
    const clock = localTime(at, its);
    if (!isWithin(clock, window.from, window.to)) return false;
    const opened = window.from >= window.to && clock < window.to ? new Date(at.getTime() - DAY) : at;
    // The calendar day before, whatever its length.
    const date = opened === at ? localDate(at, its) : dayBefore(localDate(at, its));
    const weekday = WEEKDAYS[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7]!;
    if (window.days && !window.days.includes(weekday)) return false;
  }
  if (maxMessages === null || per === null || request.arm === 'holdout') return true;
  return facts.contacts.filter((contact) => addDuration(contact.at, per, facts.zone) > at).length < maxMessages;
}

function dayBefore(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - DAY).toISOString().slice(0, 10);
}

describe('the arbiter, whatever the policy', () => {
  const ask = (one: Case, at = one.now) => new ContactDesk(one.policy, one.facts, at).ask(one.request);

  it('lets go exactly what every rule allows', () => {
    fc.assert(
      fc.property(cases, (one) => {
        expect(ask(one).action === 'go').toBe(allowed(one, one.now));
      }),
      { numRuns: 1_000 },
    );
  });

  it('defers to a later instant in time, at which it goes', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const verdict = ask(one);
        if (verdict.action !== 'defer') return;
        expect(verdict.until.getTime()).toBeGreaterThan(one.now.getTime());
        expect(verdict.until.getTime()).toBeLessThanOrEqual(one.request.expiresAt.getTime());
        expect(allowed(one, verdict.until)).toBe(true);
        expect(ask(one, verdict.until)).toEqual({ action: 'go' });
      }),
      { numRuns: 1_000 },
    );
  });

  it('defers to the first such instant, and skips only where there is none in time', () => {
    fc.assert(
      fc.property(cases, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 60 }), (one, tries) => {
        const verdict = ask(one);
        if (verdict.action === 'go') return;
        const end = verdict.action === 'defer' ? verdict.until.getTime() - 1 : one.request.expiresAt.getTime();
        const span = end - one.now.getTime();
        for (const share of tries) {
          const at = new Date(one.now.getTime() + Math.floor(share * span));
          expect(allowed(one, at) && at).toBe(false);
        }
        expect(allowed(one, new Date(end))).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('decides the same where nobody looks at what it rests on', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const verdict = ask(one);
        const unseen = ask({ ...one, request: { ...one.request, shown: false } });
        expect(unseen).toEqual(verdict.action === 'go' ? verdict : { ...verdict, values: {} });
      }),
    );
  });

  it('never lets more go than the cap, in whatever order they ask', () => {
    fc.assert(
      fc.property(cases, fc.array(fc.constantFrom(10, 50, 90), { maxLength: 6 }), (one, priorities) => {
        const { maxMessages, per } = one.policy;
        if (maxMessages === null || per === null) return;
        const desk = new ContactDesk(one.policy, one.facts, one.now);
        const went = priorities.filter(
          (priority, i) =>
            desk.ask({ ...one.request, arm: 'treatment', priority, campaignId: `c${i}` }).action === 'go',
        ).length;
        const before = one.facts.contacts.filter(
          (contact) => addDuration(contact.at, per, one.facts.zone) > one.now,
        ).length;
        expect(went).toBeLessThanOrEqual(Math.max(0, maxMessages - before));
      }),
    );
  });
});

describe('the spans that count', () => {
  it('say the same of every instant as the calendar', () => {
    fc.assert(
      fc.property(
        now,
        zone,
        fc.constantFrom('P7D', 'P1D', 'P1M', 'PT36H', 'P1Y', 'P2W', 'P1DT3H'),
        fc.array(fc.integer({ min: -8 * DAY, max: 8 * DAY }), { minLength: 40, maxLength: 40 }),
        (ms, its, period, offs) => {
          const [at, per] = [new Date(ms), parseDuration(period)!];
          const spans = countingSpans(per, its, at);
          const begin = nothingCountsUpTo(per, its, at);
          // Around the edge, and close around every end of a span.
          const ends = spans.flatMap(({ after, upto }) => [after, upto ?? after]).map((end) => end.getTime());
          const near = ends.flatMap((end) => [end - 1, end, end + 1]);
          for (const contact of [...offs.map((off) => begin.getTime() + off), ...near].map((one) => new Date(one))) {
            const inSpans = spans.some(({ after, upto }) => contact > after && (upto === null || contact <= upto));
            expect(inSpans).toBe(countsUntil(contact, per, its) > at);
            if (contact <= begin) expect(inSpans).toBe(false);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
