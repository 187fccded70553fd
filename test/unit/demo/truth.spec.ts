import { type Entrant, trueEffect } from '../../../src/demo/domain/truth';

const DAY = 86_400_000;
const entered = new Date('2026-03-02T08:00:00Z');
const after = (days: number): Date => new Date(entered.getTime() + days * DAY);

function entrant(more: Partial<Entrant>): Entrant {
  return {
    enteredAt: entered,
    arm: 'treatment',
    firstMailAt: after(1),
    response: { buys: true, delayMs: 2 * DAY },
    orders: [],
    ...more,
  };
}

describe('the true effect of a made-up campaign', () => {
  it.each<[string, number, Partial<Entrant>]>([
    ['a responder who would not have bought', 1, {}],
    ['one whom the mail does not move', 0, { response: { buys: false, delayMs: DAY } }],
    ['one who buys anyway', 0, { orders: [{ placedAt: after(5), because: null }] }],
    ['one whom another campaign brings', 0, { orders: [{ placedAt: after(5), because: 'other' }] }],
    ['one whose own order lies after the window', 1, { orders: [{ placedAt: after(15), because: null }] }],
    ['one whose answer is this order', 1, { orders: [{ placedAt: after(3), because: 'mine' }] }],
    ['the order that brought them in', 1, { orders: [{ placedAt: entered, because: null }] }],
    ['one who would answer after the window', 0, { response: { buys: true, delayMs: 14 * DAY } }],
    ['one whom the first mail never reached', 0, { firstMailAt: null }],
  ])('%s counts %d', (_who, effect, more) => {
    expect(trueEffect('mine', [entrant(more)], 14 * DAY)).toBe(effect);
  });

  it('is the mean over those who are mailed, and nothing without them', () => {
    const people = [
      entrant({}),
      entrant({ response: { buys: false, delayMs: 0 } }),
      entrant({ arm: 'holdout' }),
      entrant({ firstMailAt: null }),
      entrant({}),
    ];
    expect(trueEffect('mine', people, 14 * DAY)).toBe(0.5);
    expect(trueEffect('mine', [entrant({ arm: 'holdout' })], 14 * DAY)).toBeNull();
  });
});
