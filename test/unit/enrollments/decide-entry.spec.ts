import { decideEntry, type EntryFacts, type EntryPlan } from '../../../src/enrollments/domain/decide-entry';
import { mayMail } from '../../../src/enrollments/domain/may-mail';
import { holdoutDraw } from '../../../src/kernel/hash';

const NOW = new Date('2026-03-31T08:00:00Z');
const MAIL = {
  email: 'a@b.test',
  consentStatus: 'subscribed' as const,
  suppressed: null,
  erased: false,
  hasBought: false,
};
const FACTS: EntryFacts = {
  inAudience: true,
  history: { firstArm: null, lastEnteredAt: null, activeKeys: new Set() },
  mail: MAIL,
  zone: 'Europe/Rome',
};
const PLAN: EntryPlan = { basis: 'consent', entry: { limit: 'once' }, holdout: 0, salt: 'salt' };
const decide = (plan: Partial<EntryPlan> = {}, facts: Partial<EntryFacts> = {}, key = '', id = 'c1') =>
  decideEntry({ ...PLAN, ...plan }, { ...FACTS, ...facts }, id, key, NOW);
const been = (lastEnteredAt: string, activeKeys: string[] = [], firstArm: 'treatment' | 'holdout' = 'treatment') => ({
  history: { firstArm, lastEnteredAt: new Date(lastEnteredAt), activeKeys: new Set(activeKeys) },
});

describe('whether a person may be mailed', () => {
  it.each([
    [{}, 'consent', undefined],
    [{ consentStatus: 'none' as const }, 'consent', 'no_consent'],
    [{ consentStatus: 'pending' as const }, 'consent', 'no_consent'],
    [{ consentStatus: 'unsubscribed' as const }, 'consent', 'unsubscribed'],
    [{ consentStatus: 'none' as const, hasBought: true }, 'consent', 'no_consent'],
    [{ consentStatus: 'none' as const }, 'soft_opt_in', 'no_consent'],
    [{ consentStatus: 'none' as const, hasBought: true }, 'soft_opt_in', undefined],
    [{ consentStatus: 'unsubscribed' as const, hasBought: true }, 'soft_opt_in', 'unsubscribed'],
    [{}, 'soft_opt_in', undefined],
    [{ consentStatus: 'unsubscribed' as const }, 'transactional', undefined],
    [{ suppressed: { reason: 'hard_bounce', at: NOW } }, 'transactional', 'suppressed'],
    [{ suppressed: { reason: 'complaint', at: NOW } }, 'consent', 'suppressed'],
    [{ suppressed: { reason: 'manual', at: NOW, scope: 'marketing' } }, 'soft_opt_in', 'suppressed'],
    [{ suppressed: { reason: 'manual', at: NOW, scope: 'marketing' } }, 'transactional', undefined],
    [{ email: null }, 'transactional', 'invalid_address'],
    [{ erased: true, email: null }, 'consent', 'erased'],
  ] as const)('%j on %s: %s', (change, basis, reason) => {
    expect(mayMail({ ...MAIL, ...change }, { basis }, NOW)).toBe(reason);
  });
});

describe('entering', () => {
  it('asks audience, then the entry rule, then mailability, and draws last', () => {
    const bad = { mail: { ...MAIL, consentStatus: 'none' as const } };
    expect(decide({}, { inAudience: false, ...been('2026-01-01'), ...bad })).toMatchObject({
      reason: 'not_in_audience',
    });
    expect(decide({}, { ...been('2026-01-01'), ...bad })).toMatchObject({ reason: 'entry_limit' });
    expect(decide({}, bad)).toMatchObject({
      enrolled: false,
      reason: 'no_consent',
      values: { consentStatus: 'none', basis: 'consent' },
    });
    expect(decide()).toEqual({ enrolled: true, arm: 'treatment', armReason: 'no_holdout', draw: null });
  });
  it('unlimited: refused while active, unless the key is another', () => {
    const entry = { limit: 'unlimited' as const };
    expect(decide({ entry }, been('2026-03-01', ['']))).toMatchObject({ reason: 'already_active' });
    expect(decide({ entry }, been('2026-03-01'))).toMatchObject({ enrolled: true });
    expect(decide({ entry: { ...entry, key: 'order' } }, been('2026-03-01', ['o1']), 'o2')).toMatchObject({
      enrolled: true,
    });
    expect(decide({ entry: { ...entry, key: 'order' } }, been('2026-03-01', ['o1']), 'o1')).toMatchObject({
      reason: 'already_active',
    });
  });
  it('every: again when the time is over, in the calendar of the zone', () => {
    const entry = { limit: { every: 'P1M' } };
    // 28 February 10:00 Rome plus a month is 28 March 10:00 Rome, in summer time from the 29th on only.
    expect(decide({ entry }, been('2026-02-28T09:00:00Z'))).toMatchObject({ enrolled: true });
    expect(decide({ entry }, been('2026-03-01T09:00:00Z'))).toMatchObject({
      reason: 'entry_limit',
      values: { mayReenterAt: '2026-04-01T08:00:00.000Z' },
    });
    expect(decide({ entry }, been('2026-02-28T09:00:00Z', ['']))).toMatchObject({ reason: 'already_active' });
  });
  it('never says an address in its values', () => {
    const refused = decide({}, { mail: { ...MAIL, consentStatus: 'none' } });
    expect(JSON.stringify(refused)).not.toContain('a@b.test');
  });
});

describe('the arm', () => {
  it('is the published hash', () => {
    for (let i = 0; i < 200; i++) {
      const decision = decide({ holdout: 0.4 }, {}, '', `customer-${i}`);
      const draw = holdoutDraw('salt', `customer-${i}`);
      expect(decision).toEqual({ enrolled: true, arm: draw < 0.4 ? 'holdout' : 'treatment', armReason: 'drawn', draw });
    }
  });
  it('is kept from the first enrollment, whatever the share is now', () => {
    const entry = { limit: 'unlimited' as const };
    expect(decide({ entry, holdout: 0 }, been('2026-01-01', [], 'holdout'))).toMatchObject({
      arm: 'holdout',
      armReason: 'kept',
    });
    expect(decide({ entry, holdout: 0.999 }, been('2026-01-01', [], 'treatment'))).toMatchObject({
      arm: 'treatment',
      armReason: 'kept',
    });
  });
});
