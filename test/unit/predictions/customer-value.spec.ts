import {
  aliveProbability,
  expectedRepeats,
  fitRepeatModel,
  logLikelihoodOf,
  type RepeatModel,
} from '../../../src/predictions/domain/repeat-models';
import { expectedSpend, fitSpendModel } from '../../../src/predictions/domain/spend-model';
import { type HistoryGroup } from '../../../src/predictions/domain/order-history';
import { beta, gamma, mulberry } from '../../support/random-draws';
import { describeWithData, referenceRows } from '../../support/reference-data';

const CALIBRATION_END = Date.UTC(1997, 8, 30);
const DAY_MS = 86_400_000;

/** As published: Fader, Hardie, Lee 2005, table 2; Fader and Hardie, note 025. */
const PUBLISHED: RepeatModel = { name: 'bg_nbd', r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const SPEND = { p: 6.25, q: 3.74, gamma: 15.44 };
const TWO_REPEATS = { repeats: 2, last: 30.43, observed: 38.86 };

describe('BG/NBD with the published parameters', () => {
  it('expects 1.226 repeats in 39 weeks of somebody with x = 2, t_x = 30.43, T = 38.86', () => {
    expect(expectedRepeats(PUBLISHED, TWO_REPEATS, 39)).toBeCloseTo(1.226, 3);
    expect(aliveProbability(PUBLISHED, TWO_REPEATS)).toBeCloseTo(0.7266, 3);
  });

  it('takes somebody with one order for alive, MBG/NBD does not', () => {
    const once = { repeats: 0, last: 0, observed: 38.86 };
    expect(aliveProbability(PUBLISHED, once)).toBe(1);
    const modified = aliveProbability({ ...PUBLISHED, name: 'mbg_nbd' }, once);
    expect(modified).toBeGreaterThan(0);
    expect(modified).toBeLessThan(1);
  });

  it('expects more of a longer time, and nothing of none', () => {
    const forecasts = [0, 1, 13, 39, 52, 520].map((horizon) => expectedRepeats(PUBLISHED, TWO_REPEATS, horizon));
    expect(forecasts[0]).toBe(0);
    expect([...forecasts].sort((a, b) => a - b)).toEqual(forecasts);
  });

  it.each([0.999999, 1, 1.000001])('has a forecast where the formula has a pole (a = %d)', (a) => {
    const [below = 0, above = 0] = [0.99, 1.01].map((near) =>
      expectedRepeats({ ...PUBLISHED, a: near }, TWO_REPEATS, 39),
    );
    const forecast = expectedRepeats({ ...PUBLISHED, a }, TWO_REPEATS, 39);
    expect(forecast).toBeLessThan(below);
    expect(forecast).toBeGreaterThan(above);
  });

  it('agrees with a forecast made by adding up chances over short times', () => {
    // E[Y(t)] of one who is alive, by simulation-free integration: d/dt of the unconditional mean of the posterior.
    const half = expectedRepeats(PUBLISHED, TWO_REPEATS, 1e-4) / 1e-4;
    const rate = ((PUBLISHED.r + 2) / (PUBLISHED.alpha + 38.86)) * aliveProbability(PUBLISHED, TWO_REPEATS);
    expect(half / rate).toBeCloseTo(1, 3);
  });
});

describe('fitting', () => {
  it('finds the parameters that made the histories', () => {
    const made: RepeatModel = { name: 'bg_nbd', r: 0.8, alpha: 6, a: 0.6, b: 2.5 };
    const { model, fit } = fitRepeatModel('bg_nbd', generated(made, 4_000));
    expect(fit.converged).toBe(true);
    (['r', 'alpha', 'a', 'b'] as const).forEach((name, i) => {
      expect(Math.abs(model[name] - made[name])).toBeLessThan(4 * (fit.standardErrors?.[i] ?? 0));
    });
  });

  it('says when the data pin nothing down', () => {
    const { fit } = fitRepeatModel('bg_nbd', [
      { repeats: 0, lastDay: 0, observedDays: 100, count: 50 },
      { repeats: 0, lastDay: 0, observedDays: 200, count: 50 },
    ]);
    expect(fit.converged).toBe(false);
  });
});

describeWithData('CDNOW, the data that the models were published with', 'cdnow', () => {
  const { groups, repeats, means, holdoutRepeats } = cdnow();

  it('comes to the published parameters, likelihood and forecast', () => {
    const { model, fit } = fitRepeatModel('bg_nbd', groups);
    expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(2357);
    expect(model.r).toBeCloseTo(0.2426, 3);
    expect(model.alpha).toBeCloseTo(4.4136, 2);
    expect(model.a).toBeCloseTo(0.7929, 2);
    expect(model.b).toBeCloseTo(2.4259, 2);
    expect(fit.logLikelihood).toBeCloseTo(-9582.4, 1);
    const predicted = groups.reduce((sum, { count, ...group }) => {
      const history = { repeats: group.repeats, last: group.lastDay / 7, observed: group.observedDays / 7 };
      return sum + count * expectedRepeats(model, history, 39);
    }, 0);
    expect(predicted).toBeCloseTo(1653.4, 0);
    expect(holdoutRepeats).toBe(1882);
  });

  it('has no better neighbour', () => {
    const { model, fit } = fitRepeatModel('mbg_nbd', groups);
    const likelihood = logLikelihoodOf('mbg_nbd', groups);
    const best = [model.r, model.alpha, model.a, model.b];
    best.forEach((_, i) => {
      for (const by of [0.99, 1.01]) {
        expect(likelihood(best.map((value, j) => (i === j ? value * by : value)))).toBeLessThan(fit.logLikelihood);
      }
    });
  });

  it('comes to the published spend', () => {
    const { model, fit } = fitSpendModel({ repeats, means });
    expect(repeats.length).toBe(946);
    expect(model.p).toBeCloseTo(6.25, 1);
    expect(model.q).toBeCloseTo(3.744, 1);
    expect(model.gamma).toBeCloseTo(15.444, 0);
    expect(fit.logLikelihood).toBeCloseTo(-4055.9, 1);
    expect(expectedSpend(SPEND, 0, 0)).toBeCloseTo(35.22, 1);
    expect(expectedSpend(SPEND, 2, 22.35)).toBeCloseTo(24.65, 0);
  });
});

function cdnow() {
  const days = new Map<string, Map<number, number>>();
  for (const { master_id: id = '', date = '', value = '' } of referenceRows('cdnow/cdnow_sample.csv.gz')) {
    const own = days.get(id) ?? new Map<number, number>();
    const day = Date.parse(date);
    own.set(day, (own.get(day) ?? 0) + Number(value));
    days.set(id, own);
  }
  const groups: HistoryGroup[] = [];
  const spends: Array<[repeats: number, mean: number]> = [];
  let holdoutRepeats = 0;
  for (const own of days.values()) {
    const sorted = [...own].sort(([a], [b]) => a - b);
    const first = sorted[0]?.[0] ?? 0;
    const calibrated = sorted.filter(([day]) => day <= CALIBRATION_END);
    const later = calibrated.slice(1);
    const last = calibrated.at(-1)?.[0] ?? first;
    groups.push({
      repeats: later.length,
      lastDay: (last - first) / DAY_MS,
      observedDays: (CALIBRATION_END - first) / DAY_MS,
      count: 1,
    });
    holdoutRepeats += sorted.length - calibrated.length;
    const mean = later.reduce((sum, [, value]) => sum + value, 0) / later.length;
    if (later.length > 0 && mean > 0) spends.push([later.length, mean]);
  }
  return {
    groups,
    holdoutRepeats,
    repeats: Float64Array.from(spends, ([x]) => x),
    means: Float64Array.from(spends, ([, mean]) => mean),
  };
}

/** Histories of people who live by the model, observed for 400 days. */
function generated({ r, alpha, a, b }: RepeatModel, people: number): HistoryGroup[] {
  const random = mulberry(7);
  const counts = new Map<string, HistoryGroup>();
  for (let i = 0; i < people; i++) {
    const rate = gamma(r, random) / alpha;
    const stop = beta(a, b, random);
    let [now, last, repeats] = [0, 0, 0];
    for (;;) {
      now += -Math.log(1 - random()) / rate;
      if (now > 400 / 7) break;
      last = now;
      repeats++;
      if (random() < stop) break;
    }
    const lastDay = Math.round(last * 7);
    const key = `${repeats} ${lastDay}`;
    const known = counts.get(key) ?? { repeats, lastDay, observedDays: 400, count: 0 };
    known.count++;
    counts.set(key, known);
  }
  return [...counts.values()];
}
