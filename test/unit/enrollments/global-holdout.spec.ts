import { createHash } from 'node:crypto';
import { compile } from '../../../src/campaigns/domain/compile';
import { readDefinition } from '../../../src/campaigns/domain/read-definition';
import { advance, type AdvanceFacts, type EnrollmentState } from '../../../src/enrollments/domain/advance';
import { decideEntry, type EntryFacts, type EntryPlan } from '../../../src/enrollments/domain/decide-entry';
import {
  type GlobalHoldout,
  isGloballyHeldOut,
  readGlobalHoldout,
} from '../../../src/enrollments/domain/global-holdout';
import { givenFacts } from '../../support/advance-facts';

const NOW = new Date('2026-03-31T08:00:00Z');
const MAIL = {
  email: 'a@b.test',
  consentStatus: 'subscribed' as const,
  suppressed: null,
  erased: false,
  hasBought: false,
};
const PERIOD: GlobalHoldout = { number: 3, salt: 'period-salt', share: 0.5 };
/** The draw by the words of the definitions, not by the code. */
const draw = (salt: string, id: string): number =>
  Number(createHash('sha256').update(`${salt}:holdout:${id}`, 'utf8').digest().readBigUInt64BE(0) >> 11n) / 2 ** 53;
const IDS = Array.from({ length: 200 }, (_, i) => `person-${i}`);
const [member, other] = [true, false].map((is) => IDS.find((id) => draw('period-salt', id) < 0.5 === is) ?? '') as [
  string,
  string,
];

describe('the global holdout', () => {
  it('is the published hash with the salt of the period', () => {
    for (const id of IDS) expect(isGloballyHeldOut(PERIOD, id)).toBe(draw('period-salt', id) < 0.5);
    expect(IDS.filter((id) => isGloballyHeldOut(PERIOD, id)).length).toBeGreaterThan(70);
  });

  const facts = (change: Partial<EntryFacts> = {}): EntryFacts => ({
    inAudience: true,
    history: { firstArm: null, lastEnteredAt: null, activeKeys: new Set() },
    mail: MAIL,
    zone: 'Europe/Rome',
    globalHoldout: PERIOD,
    ...change,
  });
  const plan: EntryPlan = { basis: 'consent', entry: { limit: 'once' }, holdout: 0.5, salt: 'campaign-salt' };

  it('is asked after mailability and before the arm; transactional campaigns know none', () => {
    const enter = (id: string, change: Partial<EntryPlan> = {}, more: Partial<EntryFacts> = {}) =>
      decideEntry({ ...plan, ...change }, facts(more), id, '', NOW);
    expect(enter(member)).toEqual({
      enrolled: false,
      reason: 'global_holdout',
      values: { period: 3, share: 0.5, draw: draw('period-salt', member) },
    });
    expect(enter(other)).toMatchObject({ enrolled: true, armReason: 'drawn' });
    expect(enter(member, {}, { mail: { ...MAIL, consentStatus: 'none' } })).toMatchObject({ reason: 'no_consent' });
    expect(enter(member, {}, { inAudience: false })).toMatchObject({ reason: 'not_in_audience' });
    expect(enter(member, { basis: 'transactional', holdout: 0 })).toMatchObject({ enrolled: true });
    expect(enter(member, {}, { globalHoldout: null })).toMatchObject({ enrolled: true });
  });

  describe('of who is in a campaign already', () => {
    const steps = [
      { kind: 'webhook', url: 'https://example.com/hook' },
      { kind: 'email', key: 'one', template: 't' },
    ];
    const run = (definition: object, arm: EnrollmentState['arm'], change: Partial<AdvanceFacts> = {}) => {
      const read = readDefinition({ key: 'c', name: 'C', trigger: { on: 'manual' }, steps, ...definition });
      const program = compile(read.definition, new Map([['t', '01900000-0000-7000-8000-000000000001']]));
      const begun = { position: 0, nextRunAt: NOW, dueAt: NOW, exitReason: null, waitingSince: null };
      return advance(
        program,
        { status: 'active', arm, ...begun },
        givenFacts({ mail: MAIL, globalHoldout: () => ({ period: 3 }), ...change }),
        NOW,
      );
    };

    it.each(['treatment', 'holdout'] as const)('mails and calls stop, in the %s too, and say why', (arm) => {
      const { effects, decisions } = run({}, arm);
      expect(effects).toMatchObject([
        { kind: 'email', decision: { status: 'skipped', reason: 'global_holdout' }, dueAt: NOW },
      ]);
      expect(decisions).toMatchObject([
        { kind: 'webhook', outcome: 'held_out', reason: 'global_holdout', values: { period: 3 } },
        { kind: 'email', outcome: 'skipped', reason: 'global_holdout', values: { period: 3 } },
      ]);
    });

    it('nobody else is touched, transactional mail never', () => {
      expect(run({}, 'treatment', { globalHoldout: () => null }).effects).toMatchObject([
        { kind: 'webhook' },
        { kind: 'email', decision: { status: 'queued' } },
      ]);
      const receipt = { basis: 'transactional', purpose: 'transactional' };
      expect(run(receipt, 'treatment').effects).toMatchObject([
        { kind: 'webhook' },
        { decision: { status: 'queued' } },
      ]);
    });
  });

  it.each([
    [
      { share: 0.05, rotateEvery: 'P6M' },
      { share: 0.05, rotateEvery: 'P6M' },
    ],
    [{ share: 0 }, { share: 0, rotateEvery: null }],
    [
      { share: 0.2, rotateEvery: null },
      { share: 0.2, rotateEvery: null },
    ],
    [
      { share: 0.2, rotateEvery: 'P7D' },
      { share: 0.2, rotateEvery: 'P7D' },
    ],
  ])('reads %j', (body, setting) => {
    expect(readGlobalHoldout(body)).toEqual({ setting, faults: [] });
  });

  it.each([
    [{}, ['share']],
    [{ share: 1 }, ['share']],
    [{ share: -0.1 }, ['share']],
    [{ share: '0.1' }, ['share']],
    [{ share: 0.1, rotateEvery: 'P6D' }, ['rotateEvery']],
    [{ share: 0.1, rotateEvery: 'P7DT1H' }, ['rotateEvery']],
    [{ share: 0.1, rotateEvery: 6 }, ['rotateEvery']],
    [{ share: 0.1, size: 3 }, ['size']],
    [[], ['']],
  ])('refuses %j', (body, paths) => {
    expect(readGlobalHoldout(body).faults.map(({ path }) => path)).toEqual(paths);
  });
});
