import { definitionWarnings } from '../../../src/campaigns/domain/definition-warnings';
import { longestClosed } from '../../../src/campaigns/domain/longest-closed';
import { readDefinition } from '../../../src/campaigns/domain/read-definition';

const read = (change: object) => {
  const steps = [{ kind: 'branch', if: {}, then: [{ kind: 'email', key: 'a', template: 't', maxLateness: 'PT1H' }] }];
  const { definition, faults } = readDefinition({ key: 'x', name: 'X', trigger: { on: 'manual' }, steps, ...change });
  expect(faults).toEqual([]);
  return definition;
};
const paths = (change: object) => definitionWarnings(read(change)).map((warning) => warning.path);

describe('the longest time for which a window is closed', () => {
  const hours = (window: object) => longestClosed({ from: '09:00', to: '20:00', timezone: 'UTC', ...window }) / 60;
  it.each<[object, number]>([
    [{}, 13],
    [{ from: '22:00', to: '06:00' }, 16],
    [{ days: ['mon'] }, 7 * 24 - 11],
    [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'] }, 13 + 48],
    [{ days: ['sun', 'mon'] }, 13 + 5 * 24],
    [{ days: ['mon', 'thu'], from: '22:00', to: '02:00' }, 4 * 24 - 4],
    [{ from: '00:00', to: '23:59' }, 1 / 60],
  ])('%j: %d hours', (window, expected) => expect(hours(window)).toBeCloseTo(expected, 9));
});

describe('warnings', () => {
  it('what comes again and again and takes each in once', () => {
    const schedule = { on: 'schedule', cron: '0 9 * * 1', timezone: 'UTC', segment: 'repeat' };
    expect(paths({ trigger: schedule })).toEqual(['entry.limit']);
    expect(paths({ trigger: { on: 'anniversary', field: 'createdAt', at: '09:00' } })).toEqual(['entry.limit']);
    expect(paths({ trigger: schedule, entry: { limit: 'unlimited' } })).toEqual([]);
    expect(paths({ trigger: schedule, entry: { limit: { every: 'P30D' } } })).toEqual([]);
    expect(paths({ trigger: { on: 'order' } })).toEqual([]);
  });
  it('what is too late before the window opens', () => {
    const sendWindow = { days: ['mon'], from: '09:00', to: '20:00', timezone: 'customer' };
    expect(paths({ sendWindow })).toEqual(['maxLateness', 'steps[0].then[0].maxLateness']);
    expect(paths({ sendWindow, maxLateness: 'P1W' })).toEqual(['steps[0].then[0].maxLateness']);
    expect(paths({ sendWindow, maxLateness: 'P1M' })).toEqual(['steps[0].then[0].maxLateness']);
    expect(paths({ sendWindow: { ...sendWindow, days: undefined } })).toEqual(['steps[0].then[0].maxLateness']);
    expect(paths({ sendWindow, basis: 'transactional' })).toEqual(['sendWindow']);
  });
});
