import { reportWindowMs } from '../../../src/reports/domain/report-window';

const DAY = 86_400_000;
describe('window of a report', () => {
  it.each([
    ['P30D', 30 * DAY],
    ['P2W', 14 * DAY],
    ['PT36H', 1.5 * DAY],
    ['P1DT12H', 1.5 * DAY],
    ['P365D', 365 * DAY],
  ])('%s', (text, ms) => expect(reportWindowMs(text, 365)).toBe(ms));

  it.each(['soon', '', 'P', 'P1M', 'P1Y', 'P1Y2D', 'PT30M', 'PT1H30M', 'PT1S', 'P0D', '-P3D', 'P1.5D', 'P366D', '14'])(
    'refuses %j',
    (text) => expect(reportWindowMs(text, 365)).toBeUndefined(),
  );
});
