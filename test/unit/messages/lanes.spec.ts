import { type DestinationPace } from '../../../src/messages/domain/destination-pace';
import { allotLanes, isLaneOver, laneOf, lanesOpenAt, type Limits } from '../../../src/messages/domain/lanes';
import { capsAt, faultsOfPlans } from '../../../src/messages/domain/warm-up';

const now = new Date('2026-03-02T08:00:00Z');
const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
const pace = (concurrency: number, closedUntil = now): DestinationPace => ({
  concurrency,
  perMinute: 600,
  raiseBy: 1,
  tokens: 100,
  tokensAt: now,
  closedUntil,
  pushBacks: 0,
  pushedBackAt: now,
  clean: 0,
  cleanRate: 0,
});
const limits = (more: Partial<Limits> = {}): Limits => ({
  paused: new Map(),
  left: new Map(),
  nextDay: later(900),
  paces: new Map(),
  leased: new Map(),
  ...more,
});
const due = (...lanes: string[]) => lanes.map((lane) => ({ lane, due: now }));

describe('lanes', () => {
  it('name what holds a mail back, sender and destination', () => {
    const held = limits({ paused: new Map([['shop.example', null]]), paces: new Map([['gmail', pace(1)]]) });
    const lane = (senderDomain: string, recipient: string | null) => laneOf({ senderDomain, recipient }, held);
    expect(lane('shop.example', 'a@googlemail.com')).toBe('shop.example/gmail');
    expect(lane('shop.example', null)).toBe('shop.example/');
    expect(lane('other.example', 'a@gmail.com')).toBe('/gmail');
    expect(lane('other.example', 'a@b.example')).toBeUndefined();
    expect(isLaneOver('shop.example/', limits())).toBe(true);
    expect(isLaneOver('shop.example/', held)).toBe(false);
  });
  it('give evenly, not beyond sender, destination and room, nothing while paused', () => {
    const held = limits({
      paused: new Map([['paused.example', null]]),
      left: new Map([['new.example', 3]]),
      paces: new Map([
        ['gmail', pace(10)],
        ['yahoo', pace(5, later(1))],
      ]),
      leased: new Map([['gmail', 8]]),
    });
    const lanes = due('paused.example/', 'new.example/', 'new.example/gmail', '/gmail', '/yahoo');
    expect([...allotLanes(lanes, held, 100, now)]).toEqual([
      ['new.example/', 3],
      ['/gmail', 2],
    ]);
    const open = limits({
      left: new Map([
        ['a.example', 99],
        ['b.example', 99],
      ]),
    });
    expect([...allotLanes(due('a.example/', 'b.example/'), open, 9, now).values()]).toEqual([5, 4]);
    expect(allotLanes([{ lane: 'a.example/', due: later(1) }], open, 9, now).size).toBe(0);
  });
  it('say when they open', () => {
    const held = limits({
      paused: new Map([
        ['p.example', null],
        ['q.example', later(60)],
      ]),
      left: new Map([['new.example', 0]]),
      paces: new Map([['yahoo', pace(5, later(1))]]),
    });
    const opens = (...lanes: string[]) => lanesOpenAt(due(...lanes), held, now);
    expect(opens('p.example/')).toBeNull();
    expect(opens('p.example/', 'q.example/')).toEqual(later(60));
    expect(opens('new.example/')).toEqual(later(900));
    expect(opens('new.example/', '/yahoo')).toEqual(later(1));
  });
});

describe('warm-up', () => {
  const plan = { domain: 'new.example', startsOn: '2026-03-02', perDay: [50, 100] };
  it('caps by the day of the store', () => {
    const caps = (instant: string) => [...capsAt([plan], new Date(instant), 'Europe/Rome').caps.values()];
    expect(caps('2026-03-01T22:59:00Z')).toEqual([]);
    expect(caps('2026-03-01T23:00:00Z')).toEqual([50]);
    expect(caps('2026-03-02T23:00:00Z')).toEqual([100]);
    expect(caps('2026-03-03T23:00:00Z')).toEqual([]);
    expect(capsAt([plan], now, 'Europe/Rome')).toMatchObject({
      day: '2026-03-02',
      nextDay: new Date('2026-03-02T23:00:00Z'),
    });
  });
  it('refuses what is no plan, by path', () => {
    const wrong = { domain: 'New.example', startsOn: '2026-02-30', perDay: [1.5] };
    expect(faultsOfPlans([plan, plan, wrong]).map(({ path }) => path)).toEqual([
      'plans[1].domain',
      'plans[2].domain',
      'plans[2].startsOn',
      'plans[2].perDay',
    ]);
  });
});
