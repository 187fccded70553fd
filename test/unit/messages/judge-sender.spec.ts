import { judgeSender } from '../../../src/messages/domain/judge-sender';
import { adviceFor, pausesAtOnce } from '../../../src/messages/domain/sender-faults';

const none = { sent: 1000, complaints: 0, hardBounces: 0, refusals: 0 };

describe('what holds a sending domain back', () => {
  it.each([
    [{ complaints: 3 }, undefined],
    [{ complaints: 4 }, 'complaints'],
    [{ sent: 199, complaints: 4 }, undefined],
    [{ hardBounces: 50 }, undefined],
    [{ hardBounces: 51 }, 'hard_bounces'],
    [{ sent: 200, hardBounces: 19 }, undefined],
    [{ refusals: 120 }, 'refusals'],
    [{}, undefined],
  ])('%j: %s', (more, reason) => expect(judgeSender({ ...none, ...more })).toBe(reason));

  it.each([
    ['5.7.26', true],
    ['5.7.515', true],
    ['4.7.26', true],
    ['5.7.1', false],
    ['5.1.1', false],
    [null, false],
  ])('one answer of %s is enough: %s', (status, enough) => expect(pausesAtOnce(status)).toBe(enough));

  it('always comes with advice', () => {
    expect(adviceFor('authentication')).toContain('SPF');
    expect(adviceFor('whatever a provider says')).toBe(adviceFor('policy'));
  });
});
