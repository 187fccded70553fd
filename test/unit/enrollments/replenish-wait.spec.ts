import { replenishmentOf, type Replenishment } from '../../../src/catalog/replenishment';
import { compile } from '../../../src/campaigns/domain/compile';
import { readDefinition } from '../../../src/campaigns/domain/read-definition';
import { type Program } from '../../../src/campaigns/campaign.types';
import { advance, type Advanced, type EnrollmentState } from '../../../src/enrollments/domain/advance';
import { comingSteps } from '../../../src/enrollments/domain/coming-steps';
import { reachOf } from '../../../src/enrollments/domain/program-reach';
import { givenFacts } from '../../support/advance-facts';

const ENTERED = new Date('2026-03-02T08:00:00Z');
const PLACED = new Date('2026-03-01T20:30:00Z');
const order = { externalId: 'o1', placedAt: PLACED };
const BEANS: Replenishment = { order, days: 42, basis: 'product', product: 'beans', category: null };
const SHOP: Replenishment = { order, days: 60, basis: 'shop', product: null, category: null };

function program(wait: object, ...before: object[]): Program {
  const steps = [
    ...before,
    { kind: 'wait', until: 'replenish', ...wait },
    { kind: 'email', key: 'again', template: 't' },
  ];
  const read = readDefinition({ key: 'c', name: 'C', trigger: { on: 'order' }, steps });
  expect(read.faults).toEqual([]);
  return compile(read.definition, new Map([['t', 'T']]));
}

const at = (when: Date, position = 0): EnrollmentState => ({
  ...{ status: 'active', arm: 'treatment', position, nextRunAt: when, dueAt: when },
  ...{ exitReason: null, waitingSince: null },
});

function run(one: Program, told: Replenishment | null, now = ENTERED, state = at(now)): Advanced {
  const facts = givenFacts(told ? { replenishment: () => told } : {});
  return advance(one, state, { ...facts, mail: { ...facts.mail, hasBought: true } }, now);
}

const endOf = (advanced: Advanced): string | undefined => advanced.enrollment.nextRunAt?.toISOString();

describe('a wait until replenishment', () => {
  it('ends so many days after the order was placed, not after the entry, and says what that rests on', () => {
    const { enrollment, decisions } = run(program({}), BEANS);
    // 42 days of Rome's calendar: summer time has begun in between.
    expect(enrollment).toMatchObject({ status: 'active', position: 1, nextRunAt: new Date('2026-04-12T19:30:00Z') });
    expect(decisions).toEqual([
      {
        step: 'steps[0]',
        kind: 'wait',
        outcome: 'product',
        reason: null,
        values: {
          order: 'o1',
          placedAt: PLACED.toISOString(),
          days: 42,
          basis: 'product',
          product: 'beans',
          category: null,
          until: '2026-04-12T19:30:00.000Z',
        },
      },
    ]);
  });

  it('goes on to the first such time and weekday after that', () => {
    expect(endOf(run(program({ at: '09:00' }), BEANS))).toBe('2026-04-13T07:00:00.000Z');
    expect(endOf(run(program({ at: '09:00', days: ['wed'] }), BEANS))).toBe('2026-04-15T07:00:00.000Z');
  });

  it('is over at once where the time has passed, then at the next time of day', () => {
    const late = new Date('2026-06-01T08:00:00Z');
    expect(endOf(run(program({}), BEANS, late))).toBe(late.toISOString());
    expect(endOf(run(program({ at: '09:00' }), BEANS, late))).toBe('2026-06-02T07:00:00.000Z');
  });

  it('ends at the same moment however late the engine comes to it', () => {
    const outage = new Date('2026-04-10T08:00:00Z');
    expect(endOf(run(program({}), BEANS, outage, at(ENTERED)))).toBe('2026-04-12T19:30:00.000Z');
  });

  it('takes the shop’s time where that of no product is known, or ends the enrollment', () => {
    expect(endOf(run(program({}), SHOP))).toBe('2026-04-30T19:30:00.000Z');
    expect(endOf(run(program({ fallback: 'shop' }), SHOP))).toBe('2026-04-30T19:30:00.000Z');
    const { enrollment, decisions } = run(program({ fallback: 'exit' }), SHOP);
    expect(enrollment).toMatchObject({ status: 'exited', exitReason: 'exit_step', nextRunAt: null, position: 0 });
    expect(decisions).toMatchObject([
      { kind: 'wait', outcome: 'exited', reason: 'exit_step', values: { basis: 'shop' } },
    ]);
    expect(run(program({ fallback: 'exit' }), { ...SHOP, basis: 'category' }).enrollment.status).toBe('active');
  });

  it('counts from its own beginning without an order, thirty days where nothing is known', () => {
    const nothing = replenishmentOf(null, () => undefined);
    expect(endOf(run(program({}), nothing))).toBe('2026-04-01T07:00:00.000Z');
    expect(endOf(run(program({}), null))).toBe('2026-04-01T07:00:00.000Z');
  });

  it('is asked about only by a run that comes to it', () => {
    const behind = program({}, { kind: 'wait', for: 'P1D' }, { kind: 'tag', add: ['x'] });
    expect([0, 1, 2, 3].map((position) => reachOf(behind, position).replenish)).toEqual([false, true, true, false]);
  });

  it('is among the steps to come where its time is known', () => {
    const behind = program({ at: '09:00' }, { kind: 'tag', add: ['x'] });
    const coming = (replenishment?: Replenishment): string[] =>
      comingSteps(
        behind,
        { position: 0, nextRunAt: ENTERED, ...(replenishment ? { replenishment } : {}) },
        'Europe/Rome',
      ).map((one) => `${one.at.toISOString()} ${one.step}`);
    const tag = `${ENTERED.toISOString()} steps[0]`;
    expect(coming(BEANS)).toEqual([tag, '2026-04-13T07:00:00.000Z again']);
    expect(coming()).toEqual([tag]);
  });
});
