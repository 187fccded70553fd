import fc from 'fast-check';
import { destinationGroup, groupOfAddress } from '../../../src/messages/domain/destination-group';
import {
  allowance,
  type DestinationPace,
  isOver,
  nextPace,
  opensAt,
  spend,
} from '../../../src/messages/domain/destination-pace';

const at = (minutes: number): Date => new Date(Date.UTC(2026, 2, 2, 8) + minutes * 60_000);
const calm = { accepted: 0, pushBacks: 0, inFlight: 0, lastMinute: 0 };
const pushed = (inFlight: number, lastMinute: number, before?: DestinationPace, now = at(0)): DestinationPace => {
  const pace = nextPace(before, { ...calm, pushBacks: 1, inFlight, lastMinute }, now);
  if (!pace) throw new Error('a push-back makes a pace');
  return pace;
};

describe('destination groups', () => {
  it.each([
    ['gmail.com', 'gmail'],
    ['googlemail.com', 'gmail'],
    ['Hotmail.IT', 'microsoft'],
    ['outlook.com.br', 'microsoft'],
    ['yahoo.co.uk', 'yahoo'],
    ['virgilio.it', 'libero'],
    ['gmail.com.example', 'gmail.com.example'],
    ['notgmail.com', 'notgmail.com'],
  ])('%s is of %s', (domain, group) => expect(destinationGroup(domain)).toBe(group));
  it('reads the domain behind the last @', () => expect(groupOfAddress('"a@b"@live.it')).toBe('microsoft'));
});

describe('the pace of a group', () => {
  it('is halved by a push-back, once for a burst, and the group closes for a minute', () => {
    const pace = pushed(10, 600);
    expect(pace).toMatchObject({ concurrency: 5, perMinute: 300, closedUntil: at(1) });
    expect(nextPace(pace, { ...calm, pushBacks: 9, inFlight: 9 }, at(0.5))).toBe(pace);
    expect(pushed(5, 300, pace, at(1))).toMatchObject({
      concurrency: 2,
      perMinute: 150,
      closedUntil: at(3),
      pushBacks: 2,
    });
  });
  it('halves what really happens where the limit had grown far beyond it', () => {
    expect(pushed(4, 40, { ...pushed(100, 10_000), clean: 1 }, at(9))).toMatchObject({
      concurrency: 2,
      perMinute: 20,
      pushBacks: 1,
    });
  });
  it('never stops a group for good: one mail at a time, six a minute, half an hour', () => {
    let pace = pushed(1, 0);
    for (let i = 0; i < 20; i++) pace = pushed(1, 0, pace, pace.closedUntil);
    expect(pace).toMatchObject({ concurrency: 1, perMinute: 6 });
    expect(pace.closedUntil.getTime() - pace.pushedBackAt.getTime()).toBe(30 * 60_000);
  });
  it('is raised by one for a round of accepted mails, by a twentieth of the rate for a minute of them', () => {
    const pace = pushed(10, 600);
    expect(nextPace(pace, { ...calm, accepted: 4 }, at(2))).toMatchObject({ concurrency: 5, clean: 4 });
    expect(nextPace(pace, { ...calm, accepted: 5 }, at(2))).toMatchObject({ concurrency: 6, clean: 0, pushBacks: 0 });
    expect(nextPace(pace, { ...calm, accepted: 300 }, at(2))).toMatchObject({ perMinute: 330 });
  });
  it('climbs from the least pace while all its mails are taken: 2,000 of them in an hour', () => {
    let pace = pushed(1, 0);
    for (let i = 0; i < 20; i++) pace = pushed(1, 0, pace, pace.closedUntil);
    let taken = 0;
    for (let minute = 1; minute <= 60; minute++) {
      const accepted = pace.perMinute;
      taken += accepted;
      pace = nextPace(pace, { ...calm, accepted }, at(10_000 + minute)) ?? pace;
    }
    expect(pace).toMatchObject({ perMinute: 66, pushBacks: 0 });
    expect(pace.concurrency).toBeGreaterThan(60);
    expect(taken).toBe(2_130);
  });
  it('is over after a day without a push-back', () => {
    expect([isOver(pushed(2, 2), at(24 * 60 - 1)), isOver(pushed(2, 2), at(24 * 60))]).toEqual([false, true]);
  });
  it('allows by time closed, by mails under way, and by rate', () => {
    const pace = pushed(10, 120);
    expect(allowance(pace, 0, at(0.9))).toBe(0);
    expect(allowance(pace, 0, at(1))).toBe(1);
    expect(allowance(pace, 0, at(2))).toBe(5);
    expect(allowance(pace, 4, at(2))).toBe(1);
    expect(allowance({ ...pace, concurrency: 100 }, 0, at(60))).toBe(10);
    expect(opensAt(pace, at(0))).toEqual(at(1));
    expect(opensAt({ ...pace, ...spend(pace, 1, at(1)) }, at(1))).toEqual(at(1 + 1 / 60));
  });
  it('never lets more through than rate and burst, however it is asked', () => {
    const steps = fc.array(fc.tuple(fc.double({ min: 0, max: 0.2, noNaN: true }), fc.nat(20)), { maxLength: 100 });
    fc.assert(
      fc.property(steps, (asked) => {
        let pace: DestinationPace = { ...pushed(100, 120) };
        let minutes = 1;
        let taken = 0;
        for (const [wait, want] of asked) {
          minutes += wait;
          const n = Math.min(want, allowance(pace, 0, at(minutes)));
          pace = { ...pace, ...spend(pace, n, at(minutes)) };
          taken += n;
        }
        expect(taken).toBeLessThanOrEqual(10 + 60 * (minutes - 1) + 1);
      }),
    );
  });
});
