import * as fc from 'fast-check';
import {
  CREDIT_MODELS,
  creditOrder,
  DEFAULT_TOUCH_WINDOW_MS,
  type MessageTouches,
} from '../../../src/attribution/credit-models';

const PLACED = new Date('2026-03-20T12:00:00Z');
const before = (days: number) => new Date(PLACED.getTime() - days * 86_400_000);
const click = (messageId: string, days: number): MessageTouches => ({
  messageId,
  clickedAt: before(days),
  touchedAt: before(days),
});
const open = (messageId: string, days: number): MessageTouches => ({
  messageId,
  clickedAt: null,
  touchedAt: before(days),
});
const order = { placedAt: PLACED, revenue: 10_000 };
const credit = (model: (typeof CREDIT_MODELS)[number], touches: MessageTouches[], revenue = 10_000) =>
  Object.fromEntries(creditOrder({ ...order, revenue }, touches, model, DEFAULT_TOUCH_WINDOW_MS));

describe('credit by model', () => {
  const touches = [open('a', 6), click('b', 4), open('c', 1)];
  it('last click', () => expect(credit('last_click', touches)).toEqual({ b: 10_000 }));
  it('last touch', () => expect(credit('last_touch', touches)).toEqual({ c: 10_000 }));
  it('first touch', () => expect(credit('first_touch', touches)).toEqual({ a: 10_000 }));
  it('linear, by largest remainder: of equal remainders the larger id', () =>
    expect(credit('linear', touches)).toEqual({ a: 3333, b: 3333, c: 3334 }));
  it('time decay with a half-life of seven days', () => {
    const [a, b, c] = [2 ** (-6 / 7), 2 ** (-4 / 7), 2 ** (-1 / 7)];
    const total = a + b + c;
    const got = credit('time_decay', touches);
    expect(Math.abs((got['a'] ?? 0) - (10_000 * a) / total)).toBeLessThan(1);
    expect((got['a'] ?? 0) + (got['b'] ?? 0) + (got['c'] ?? 0)).toBe(10_000);
  });

  it('a mail that was sent alone is no touch', () => expect(credit('last_touch', [])).toEqual({}));
  it('an open is no click', () => expect(credit('last_click', [open('a', 1)])).toEqual({}));
  it('the window reaches back from the order, its first instant included', () => {
    expect(credit('last_click', [click('a', 7)])).toEqual({ a: 10_000 });
    expect(credit('last_click', [click('a', 7.0001)])).toEqual({});
  });
  it('a touch at the instant of the order counts, after it not', () => {
    expect(credit('last_click', [click('a', 0)])).toEqual({ a: 10_000 });
    expect(credit('last_click', [click('a', -0.0001)])).toEqual({});
  });
  it.each(['last_click', 'last_touch', 'first_touch'] as const)('%s: a tie goes to the larger message id', (model) => {
    expect(credit(model, [click('a', 2), click('c', 2), click('b', 2)])).toEqual({ c: 10_000 });
  });
  it('a click in an older opened message beats a later open for the last click only', () => {
    const mixed: MessageTouches[] = [{ messageId: 'a', clickedAt: before(5), touchedAt: before(1) }, click('b', 3)];
    expect(credit('last_click', mixed)).toEqual({ b: 10_000 });
    expect(credit('last_touch', mixed)).toEqual({ a: 10_000 });
  });

  it('sums exactly to the revenue, whatever the model and the order of the touches', () => {
    const touch = fc.record({
      messageId: fc.uuid(),
      days: fc.double({ min: 0, max: 7, noNaN: true }),
      clicked: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(touch, { selector: (t) => t.messageId, maxLength: 12 }),
        fc.nat({ max: 10_000_000 }),
        fc.constantFrom(...CREDIT_MODELS),
        (list, revenue, model) => {
          const all = list.map((t) => (t.clicked ? click(t.messageId, t.days) : open(t.messageId, t.days)));
          const got = creditOrder({ ...order, revenue }, all, model, DEFAULT_TOUCH_WINDOW_MS);
          const sum = [...got.values()].reduce((a, b) => a + b, 0);
          expect(sum).toBe(got.size === 0 ? 0 : revenue);
          const reversed = creditOrder({ ...order, revenue }, [...all].reverse(), model, DEFAULT_TOUCH_WINDOW_MS);
          expect(new Map([...reversed].sort())).toEqual(new Map([...got].sort()));
          for (const amount of got.values()) expect(Number.isInteger(amount) && amount >= 0).toBe(true);
        },
      ),
    );
  });
});
