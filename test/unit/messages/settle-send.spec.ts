import { beforeSend } from '../../../src/messages/domain/before-send';
import { waitAfterRefusal } from '../../../src/messages/domain/retry-schedule';
import { settleSend, type Tried } from '../../../src/messages/domain/settle-send';

const HOUR = 3_600_000;
const now = new Date('2026-03-02T08:00:00Z');
const message: Tried = {
  id: 'm',
  attempts: 0,
  losses: 0,
  firstTriedAt: now,
  expiresAt: new Date(now.getTime() + 48 * HOUR),
};
const refused = (permanent: boolean) =>
  ({ kind: 'refused', permanent, code: permanent ? 550 : 451, reply: 'no', stage: 'dot' }) as const;

describe('what becomes of a message after a try', () => {
  it('accepted: sent; final refusal: failed; no answer to the dot: uncertain; all at an end', () => {
    expect(settleSend(message, { kind: 'accepted', reply: '250 ok' }, now)).toEqual({
      status: 'sent',
      nextTryAt: null,
      attempts: 1,
      losses: 0,
      reply: '250 ok',
    });
    expect(settleSend(message, refused(true), now)).toMatchObject({ status: 'failed', nextTryAt: null, attempts: 1 });
    expect(settleSend(message, { kind: 'uncertain', detail: 'silence' }, now)).toMatchObject({
      status: 'uncertain',
      nextTryAt: null,
    });
  });

  it('refused for now: 5, 15, 30 minutes, 1, 2, 4 hours, then four-hourly, each up to a fifth longer', () => {
    const minutes = [5, 15, 30, 60, 120, 240, 240, 240];
    minutes.forEach((wait, attempts) => {
      const { status, nextTryAt } = settleSend({ ...message, attempts }, refused(false), now);
      expect(status).toBe('deferred');
      const waited = ((nextTryAt?.getTime() ?? 0) - now.getTime()) / 60_000;
      expect(waited).toBeGreaterThanOrEqual(wait);
      expect(waited).toBeLessThanOrEqual(wait * 1.2);
    });
    expect(waitAfterRefusal('m', 1)).toBe(waitAfterRefusal('m', 1));
    expect(waitAfterRefusal('m', 1)).not.toBe(waitAfterRefusal('n', 1));
  });

  it('fails when the next try would come a day after the first, or when the step is of no use any more', () => {
    const dayLater = new Date(now.getTime() + 23 * HOUR);
    expect(settleSend({ ...message, attempts: 8 }, refused(false), dayLater)).toMatchObject({
      status: 'failed',
      attempts: 9,
    });
    const short = { ...message, expiresAt: new Date(now.getTime() + 60_000) };
    expect(settleSend(short, refused(false), now)).toMatchObject({ status: 'failed' });
  });

  it('a connection lost before the dot costs no attempt: at once the first time, then with growing patience', () => {
    const waits = [0, 1, 2, 3, 4, 9].map((losses) => {
      const settled = settleSend({ ...message, losses }, { kind: 'unsent', stage: 'body', detail: 'reset' }, now);
      expect(settled).toMatchObject({ status: 'deferred', attempts: 0, losses: losses + 1 });
      return ((settled.nextTryAt?.getTime() ?? 0) - now.getTime()) / 1_000;
    });
    expect(waits).toEqual([0, 30, 60, 300, 900, 900]);
  });
});

describe('whether a claimed message goes on', () => {
  const claimed = { refusal: null, expiresAt: message.expiresAt, attempts: 0 };
  const late = new Date(message.expiresAt.getTime() + 1);
  it.each([
    [claimed, now, undefined],
    [claimed, message.expiresAt, undefined],
    [claimed, late, { status: 'skipped', reason: 'too_late' }],
    [{ ...claimed, attempts: 2 }, late, { status: 'failed', reason: null }],
    [{ ...claimed, refusal: 'unsubscribed' as const }, late, { status: 'skipped', reason: 'unsubscribed' }],
    [{ ...claimed, refusal: 'campaign_paused' as const }, late, { status: 'queued', reason: null }],
    [{ ...claimed, refusal: 'campaign_archived' as const }, now, { status: 'skipped', reason: 'campaign_archived' }],
  ])('%j at %s: %j', (given, at, wanted) => {
    expect(beforeSend(given, at)).toEqual(wanted);
  });
});
