import { curveAt, type EventTime, logRank, survivalSteps } from '../../../src/reports/domain/survival-curve';

/** Time to relapse in weeks (Freireich et al. 1963, Blood 21:699), `+` censored: the textbook case of both methods. */
const SIX_MP = '6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+';
const PLACEBO = '1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23';

const people = (text: string) =>
  text.split(' ').map((word) => ({ ms: Number(word.replace('+', '')), came: !word.endsWith('+') }));

function eventTimes(treatment: string, holdout: string): EventTime[] {
  const [t, h] = [people(treatment), people(holdout)];
  const times = [...new Set([...t, ...h].filter((one) => one.came).map((one) => one.ms))].sort((a, b) => a - b);
  const count = (arm: typeof t, ms: number) => ({
    atRisk: arm.filter((one) => one.ms >= ms).length,
    events: arm.filter((one) => one.came && one.ms === ms).length,
  });
  return times.map((ms) => {
    const [a, b] = [count(t, ms), count(h, ms)];
    return {
      ms,
      atRisk: { treatment: a.atRisk, holdout: b.atRisk },
      events: { treatment: a.events, holdout: b.events },
    };
  });
}

describe('Kaplan-Meier', () => {
  const times = eventTimes(SIX_MP, PLACEBO);

  it('the curve of Freireich’s trial, with log-log bands as survfit prints them', () => {
    const steps = survivalSteps(times, 'treatment');
    expect(steps.map(({ ms, survival }) => [ms, Number(survival.toFixed(3))])).toEqual([
      [6, 0.857],
      [7, 0.807],
      [10, 0.753],
      [13, 0.69],
      [16, 0.627],
      [22, 0.538],
      [23, 0.448],
    ]);
    const band = (at: number) => steps[at]?.ci?.map((limit) => Number(limit.toFixed(3)));
    expect([band(0), band(1), band(6)]).toEqual([
      [0.62, 0.952],
      [0.563, 0.923],
      [0.188, 0.68],
    ]);
  });

  it('at any time: as after the last event, that of the time itself included', () => {
    const points = curveAt(times, 'treatment', [0, 5, 6, 9, 23, 40]);
    expect(points.map(({ survival }) => Number(survival.toFixed(3)))).toEqual([1, 1, 0.857, 0.807, 0.448, 0.448]);
    expect(points.map(({ events }) => events)).toEqual([0, 0, 3, 4, 9, 9]);
    expect([points[0]?.ci, points[1]?.ci]).toEqual([null, null]);
  });

  it('once everybody came back: 0, without a band', () => {
    expect(survivalSteps(times, 'holdout').at(-1)).toMatchObject({ survival: 0, ci: null, events: 21 });
  });

  it('log-rank of the trial: 16.79', () => {
    const test = logRank(times);
    expect(test?.chiSquare).toBeCloseTo(16.79, 2);
    expect(test?.pValue).toBeCloseTo(4.17e-5, 6);
    expect(logRank(times.map((time) => ({ ...time, events: { treatment: 0, holdout: 0 } })))).toBeNull();
    expect(logRank([])).toBeNull();
  });

  it('while one arm has nobody, nothing is tested', () => {
    expect(logRank(times.map((time) => ({ ...time, atRisk: { ...time.atRisk, holdout: 0 } })))).toBeNull();
  });
});
