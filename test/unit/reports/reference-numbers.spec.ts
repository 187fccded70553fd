import { BasketIndex } from '../../../src/catalog/domain/basket-index';
import { pairOf } from '../../../src/catalog/domain/pair-ranking';
import { addDays, daysBetween } from '../../../src/kernel/local-time';
import { percentile } from '../../../src/reports/domain/mean-difference';
import {
  aliveProbability,
  expectedRepeats,
  fitRepeatModel,
  type RepeatModel,
} from '../../../src/predictions/domain/repeat-models';
import { expectedSpend } from '../../../src/predictions/domain/spend-model';
import { retentionFigures } from '../../../src/reports/domain/retention-figures';
import { secondOrderTime } from '../../../src/reports/domain/second-order-time';
import { netPromoterScore, surveyFigures } from '../../../src/reports/domain/survey-figures';
import { type Stage, stageOn } from '../../../src/segments/stage';
import { NOTHING_COUNTED } from '../../support/metric-examples/retention';
import { describeWithData, isCleanLine, readReference, referenceRows } from '../../support/reference-data';

/** The numbers of the reference data that no other test reads: all of them stand in some test. */

/** Days with an order and number of orders of each customer. */
type History = Array<{ day: string; order: string }>;

function histories(rows: Array<{ customer: string; day: string; order: string }>): History[] {
  const orders = new Map<string, Map<string, string>>();
  for (const { customer, day, order } of rows) {
    const own = orders.get(customer) ?? new Map<string, string>();
    orders.set(customer, own.set(order, day));
  }
  return [...orders.values()].map((own) =>
    [...own].map(([order, day]) => ({ order, day })).sort((a, b) => (a.day < b.day ? -1 : 1)),
  );
}

/** How many stand where at the end of a day, by one threshold; `once` leaves out those with two orders or more. */
function stagesOf(people: History[], day: string, thresholdDays: number, once = false): Record<Stage, number> {
  const counts: Record<Stage, number> = { prospect: 0, recent: 0, repeat: 0, lapsed: 0 };
  for (const history of people) {
    const known = history.filter((order) => order.day <= day);
    if (known.length === 0 || (once && known.length > 1)) continue;
    const facts = { orderCount: known.length, lastDay: known.at(-1)?.day ?? null };
    counts[stageOn(facts, day, { thresholdDays, repeatMinOrders: 2 })]++;
  }
  return counts;
}

describeWithData('online-retail', 'online-retail', () => {
  const reference = JSON.parse(readReference('online-retail/reference.json')) as {
    clean: Record<'rows' | 'customers' | 'orders' | 'revenue' | 'aov' | 'orders_per_customer', number>;
    repeat_purchase_rate: {
      repeat: number;
      customers: number;
      by_distinct_order_days: { repeat: number; pct: number };
    };
    segments: { rows: Array<Record<string, number> & { as_of: string }> };
    interpurchase_days: { n: number; median: number; mean: number; p90: number };
    product_pairs: { baskets: number } & Record<
      'support_2pct' | 'support_1pct',
      { n_pairs: number; top20_by_lift: Pair[] }
    >;
    refunds: {
      cancel_invoices: number;
      cancel_customers: number;
      value: number;
      customers_with_only_cancellations: number;
    };
  };
  interface Pair {
    a: string;
    b: string;
    both: number;
    n_a: number;
    n_b: number;
    support: number;
    lift: number;
    conf_a_to_b: number;
    conf_b_to_a: number;
  }
  const all = referenceRows('online-retail/online_retail_dev.csv.gz');
  const lines = all.filter(isCleanLine);
  const people = histories(
    lines.map((row) => ({
      customer: row.customer_id ?? '',
      day: (row.invoice_datetime ?? '').slice(0, 10),
      order: row.invoice ?? '',
    })),
  );
  const END = '2011-12-09';

  it('orders, revenue and order value', () => {
    const { clean } = reference;
    const revenue = lines.reduce((sum, row) => sum + Number(row.quantity) * Number(row.unit_price), 0);
    const orders = people.reduce((sum, history) => sum + history.length, 0);
    expect([lines.length, people.length, orders]).toEqual([clean.rows, clean.customers, clean.orders]);
    const figures = retentionFigures({ ...NOTHING_COUNTED, orders, active: people.length, revenue });
    expect(revenue).toBeCloseTo(clean.revenue, 2);
    expect(figures.averageOrderValue).toBeCloseTo(clean.aov, 3);
    expect(figures.purchaseFrequency).toBeCloseTo(clean.orders_per_customer, 2);
  });

  it('who came again: with a second order, and on another day', () => {
    const rate = reference.repeat_purchase_rate;
    expect(people.filter((history) => history.length > 1)).toHaveLength(rate.repeat);
    const waits = people.map((history) => {
      const [first] = history;
      const again = history.find(({ day }) => day > (first?.day ?? ''));
      return { days: daysBetween(first?.day ?? END, again?.day ?? END), returned: again !== undefined, customers: 1 };
    });
    const time = secondOrderTime(waits);
    expect([time.returned, time.customers]).toEqual([rate.by_distinct_order_days.repeat, rate.customers]);
    expect((100 * time.returned) / time.customers).toBeCloseTo(rate.by_distinct_order_days.pct, 6);
  });

  it.each(reference.segments.rows.map((row) => [row.as_of, row] as const))(
    'stages at %s, to the customer',
    (day, row) => {
      const at90 = stagesOf(people, day, 90);
      expect(at90).toEqual({
        prospect: 0,
        recent: row.recent_one_order_le_90,
        repeat: row.repeat_ge2_orders_le_90,
        lapsed: row.lapsed_gt_90,
      });
      expect(at90.recent + at90.repeat + at90.lapsed).toBe(row.known_customers);
      expect(stagesOf(people, day, 89).lapsed).toBe(row.lapsed_ge_90);
      expect(stagesOf(people, day, 89).lapsed - at90.lapsed).toBe(row.exactly_90);
      expect(stagesOf(people, day, 180).lapsed).toBe(row.lapsed_gt_180);
      const once = stagesOf(people, day, 90, true).lapsed;
      expect([once, at90.lapsed - once]).toEqual([row.lapsed_of_which_one_order, row.lapsed_of_which_repeat]);
    },
  );

  it('days between orders', () => {
    const gaps = people.flatMap((history) => {
      const days = [...new Set(history.map(({ day }) => day))];
      return days.slice(1).map((day, i) => daysBetween(days[i] ?? day, day));
    });
    const { n, median, mean, p90 } = reference.interpurchase_days;
    expect(gaps).toHaveLength(n);
    expect(percentile(gaps, 0.5)).toBe(median);
    expect(percentile(gaps, 0.9)).toBe(p90);
    expect(gaps.reduce((sum, gap) => sum + gap, 0) / n).toBeCloseTo(mean, 6);
  });

  it('product pairs: how many, and support, confidence and lift of the twenty first', () => {
    const baskets = new Map<string, Set<string>>();
    for (const row of lines) {
      const code = (row.stock_code ?? '').toUpperCase();
      if (!/^\d{5}[A-Z]*$/.test(code)) continue;
      baskets.set(row.invoice ?? '', (baskets.get(row.invoice ?? '') ?? new Set<string>()).add(code));
    }
    expect(baskets.size).toBe(reference.product_pairs.baskets);
    const index = new BasketIndex([...baskets.values()].map((products) => [...products]));
    for (const [name, share] of [
      ['support_2pct', 0.02],
      ['support_1pct', 0.01],
    ] as const) {
      const wanted = reference.product_pairs[name];
      const pairs = [...index.pairs(Math.ceil(share * baskets.size))].flatMap(({ a, others, baskets: counts }) =>
        [...others].map((b, i) => pairOf(index, { a, b, orders: counts[i] ?? 0 })),
      );
      expect(pairs).toHaveLength(wanted.n_pairs);
      for (const want of wanted.top20_by_lift) {
        const pair = pairs.find(({ a, b }) => a === want.a && b === want.b);
        expect(pair?.orders).toBe(want.both);
        expect(pair?.support).toBeCloseTo(want.support, 7);
        expect(pair?.lift).toBeCloseTo(want.lift, 5);
        expect(pair?.confidenceAB).toBeCloseTo(want.conf_a_to_b, 5);
        expect(pair?.confidenceBA).toBeCloseTo(want.conf_b_to_a, 5);
        expect([want.both / want.conf_a_to_b, want.both / want.conf_b_to_a].map(Math.round)).toEqual([
          want.n_a,
          want.n_b,
        ]);
      }
    }
  });

  it('cancellations of the log itself', () => {
    const cancelled = all.filter((row) => row.customer_id !== '' && row.invoice?.startsWith('C'));
    const customers = new Set(cancelled.map((row) => row.customer_id));
    const buyers = new Set(lines.map((row) => row.customer_id));
    const wanted = reference.refunds;
    expect(new Set(cancelled.map((row) => row.invoice)).size).toBe(wanted.cancel_invoices);
    expect(customers.size).toBe(wanted.cancel_customers);
    expect(cancelled.reduce((sum, row) => sum + Number(row.quantity) * Number(row.unit_price), 0)).toBeCloseTo(
      wanted.value,
      2,
    );
    expect([...customers].filter((id) => !buyers.has(id))).toHaveLength(wanted.customers_with_only_cancellations);
  });
});

describeWithData('cdnow', 'cdnow', () => {
  it('who came again on another day, and who had lapsed', () => {
    const { dev_sample: wanted } = JSON.parse(readReference('cdnow/reference.json')) as {
      dev_sample: Record<string, number>;
    };
    const people = histories(
      referenceRows('cdnow/cdnow_sample.csv.gz').map((row) => ({
        ...{ customer: row.master_id ?? '', day: addDays(row.date ?? '', 0), order: row.date ?? '' },
      })),
    );
    expect(people).toHaveLength(wanted.customers ?? NaN);
    const repeated = people.filter((history) => history.length > 1).length;
    expect(repeated).toBe(wanted.repeat_customers_by_order_day);
    const figures = retentionFigures({ ...NOTHING_COUNTED, buyers: people.length, repeatBuyers: repeated });
    expect(100 * (figures.repeatPurchaseRate ?? NaN)).toBeCloseTo(wanted.repeat_purchase_rate_pct ?? NaN, 5);
    expect(stagesOf(people, '1998-06-30', 90).lapsed).toBe(wanted['lapsed_gt_90_at_1998-06-30']);
  });
});

describeWithData('the models on cdnow', 'cdnow', () => {
  const { bgnbd_sample: reference, gamma_gamma: spend } = JSON.parse(readReference('cdnow/reference.json')) as {
    bgnbd_sample: {
      E_X_t_published: { t: number[]; EX: number[] };
      E_X_t_ours_with_published_params: number[];
      E_Y_ours_fitted: number;
      holdout_39wk: Record<'actual_transactions' | 'predicted_transactions' | 'pearson_r' | 'mean_abs_error', number> &
        Record<'actual_active_customers' | 'sum_p_alive', number> & {
          by_calibration_x_7plus: Record<'x' | 'n' | 'actual' | 'bgnbd' | 'p_alive', number[]>;
        };
    };
    gamma_gamma: { E_M_ours_first10: number[]; E_M_published_first10: number[]; population_mean: number };
  };
  const PUBLISHED: RepeatModel = { name: 'bg_nbd', r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
  const SPEND = { p: 6.25, q: 3.74, gamma: 15.44 };
  const END = '1997-09-30';
  const people = customers();

  it('orders to be expected of somebody new', () => {
    const { t, EX } = reference.E_X_t_published;
    t.forEach((weeks, i) => {
      const expected = expectedRepeats(PUBLISHED, { repeats: 0, last: 0, observed: 0 }, weeks);
      expect(expected).toBeCloseTo(reference.E_X_t_ours_with_published_params[i] ?? NaN, 4);
      // As printed: their parameters have more digits than they print.
      expect(Math.abs(expected - (EX[i] ?? NaN))).toBeLessThan(0.003);
    });
  });

  it('forecast and truth of the held-out weeks, in all, by repeats and person by person', () => {
    const groups = people.map((one) => ({ ...one, count: 1 }));
    const { model } = fitRepeatModel('bg_nbd', groups);
    const forecasts = people.map((one) => expectedRepeats(model, one.history, 39));
    const alive = people.map((one) => aliveProbability(model, one.history));
    const actual = people.map((one) => one.laterRepeats);
    const held = reference.holdout_39wk;
    expect(expectedRepeats(model, { repeats: 2, last: 30.43, observed: 38.86 }, 39)).toBeCloseTo(
      reference.E_Y_ours_fitted,
      3,
    );
    expect(sum(actual)).toBe(held.actual_transactions);
    expect(sum(forecasts)).toBeCloseTo(held.predicted_transactions, 0);
    expect(actual.filter((later) => later > 0)).toHaveLength(held.actual_active_customers);
    expect(Math.abs(sum(alive) - held.sum_p_alive)).toBeLessThan(0.2);
    expect(correlation(forecasts, actual)).toBeCloseTo(held.pearson_r, 3);
    expect(sum(forecasts.map((value, i) => Math.abs(value - (actual[i] ?? NaN)))) / people.length).toBeCloseTo(
      held.mean_abs_error,
      3,
    );
    const lines = held.by_calibration_x_7plus;
    lines.x.forEach((x, i) => {
      const own = people.flatMap((one, place) => (Math.min(one.repeats, 7) === x ? [place] : []));
      const mean = (values: number[]) => sum(own.map((place) => values[place] ?? NaN)) / own.length;
      expect(own).toHaveLength(lines.n[i] ?? NaN);
      expect(mean(actual)).toBeCloseTo(lines.actual[i] ?? NaN, 4);
      expect(mean(forecasts)).toBeCloseTo(lines.bgnbd[i] ?? NaN, 2);
      expect(mean(alive)).toBeCloseTo(lines.p_alive[i] ?? NaN, 2);
    });
  });

  it('spend to be expected of the first ten, and of anybody', () => {
    const ten = people.slice(0, 10).map(({ repeats, mean }) => expectedSpend(SPEND, repeats, mean) ?? NaN);
    ten.forEach((value, i) => {
      expect(Math.abs(value - (spend.E_M_ours_first10[i] ?? NaN))).toBeLessThan(0.02);
      expect(Math.abs(value - (spend.E_M_published_first10[i] ?? NaN))).toBeLessThan(0.06);
    });
    expect(expectedSpend(SPEND, 0, 0)).toBeCloseTo(spend.population_mean, 2);
  });

  /** One a customer in the order of the log: repeats by the end of calibration and after it, mean spend on a repeat. */
  function customers() {
    const days = new Map<string, Map<string, number>>();
    for (const { master_id: id = '', date = '', value = '' } of referenceRows('cdnow/cdnow_sample.csv.gz')) {
      const day = addDays(date, 0);
      const own = days.get(id) ?? new Map<string, number>();
      days.set(id, own.set(day, (own.get(day) ?? 0) + Number(value)));
    }
    return [...days.values()].map((own) => {
      const sorted = [...own].sort(([a], [b]) => (a < b ? -1 : 1));
      const first = sorted[0]?.[0] ?? END;
      const repeated = sorted.filter(([day]) => day > first && day <= END);
      const lastDay = daysBetween(first, repeated.at(-1)?.[0] ?? first);
      const observedDays = daysBetween(first, END);
      return {
        ...{
          repeats: repeated.length,
          lastDay,
          observedDays,
          laterRepeats: sorted.filter(([day]) => day > END).length,
        },
        history: { repeats: repeated.length, last: lastDay / 7, observed: observedDays / 7 },
        mean: repeated.length === 0 ? 0 : sum(repeated.map(([, value]) => value)) / repeated.length,
      };
    });
  }
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [sum(a) / a.length, sum(b) / b.length];
  const over = (of: (i: number) => number): number => sum(a.map((_, i) => of(i)));
  const [x, y] = [(i: number) => (a[i] ?? NaN) - meanA, (i: number) => (b[i] ?? NaN) - meanB];
  return over((i) => x(i) * y(i)) / Math.sqrt(over((i) => x(i) ** 2) * over((i) => y(i) ** 2));
}

describeWithData('published examples of scores, churn and value', 'formulas', () => {
  const vectors = JSON.parse(readReference('formulas/vectors.json')) as {
    churn: Array<{ CRR: number; churn: number }>;
    nps: Array<{
      promoter_pct?: number;
      detractor_pct?: number;
      scores?: number[] | 'boundary';
      nps?: number | null;
      promoter?: number[];
      passive?: number[];
      detractor?: number[];
    }>;
    loyalty_index: Array<{ answers_avg: Record<string, number>; cli: number }>;
    clv_simple: Array<{ aov: number; orders_per_year: number; years: number; margin: number; clv: number }>;
  };
  const NPS = { kind: 'nps' as const, scale: { min: 0, max: 10 }, choices: [] };
  const answered = (scores: readonly number[]) =>
    surveyFigures(
      NPS,
      scores.map((score) => ({ value: String(score), n: 1 })),
    );

  it('churn is what strict retention leaves', () => {
    for (const { CRR, churn } of vectors.churn) {
      const figures = retentionFigures({ ...NOTHING_COUNTED, before: 1e9, both: CRR * 1e7 });
      expect(100 * (figures.churnRate ?? NaN)).toBeCloseTo(churn, 6);
    }
  });

  it('net promoter scores, none without answers, and where a promoter begins', () => {
    for (const { promoter_pct: promoters, detractor_pct: detractors, scores, nps, ...boundary } of vectors.nps) {
      if (promoters !== undefined) {
        expect(netPromoterScore(promoters, detractors ?? NaN, 100).score).toBeCloseTo(nps ?? NaN, 10);
      } else if (scores === 'boundary') {
        for (const score of boundary.promoter ?? []) expect(answered([score]).score).toBe(100);
        for (const score of boundary.passive ?? []) expect(answered([score]).score).toBe(0);
        for (const score of boundary.detractor ?? []) expect(answered([score]).score).toBe(-100);
      } else if (nps === null) expect(answered(scores ?? []).score).toBeNull();
      else expect(answered(scores ?? []).score).toBeCloseTo(nps ?? NaN, 10);
    }
  });

  it('the loyalty index, and value by order value, frequency and years', () => {
    for (const { answers_avg: means, cli } of vectors.loyalty_index) {
      const answers = Object.values(means);
      const own = answers.reduce((sum, answer) => sum + answer, 0) / answers.length;
      const asked = { kind: 'loyalty' as const, scale: { min: 0, max: 10 }, choices: [] };
      expect(surveyFigures(asked, [{ value: String(own), n: 1 }]).score).toBeCloseTo(cli, 10);
    }
    for (const { aov, orders_per_year: orders, years, margin, clv } of vectors.clv_simple) {
      const year = retentionFigures({ ...NOTHING_COUNTED, active: 1, orders, revenue: aov * orders });
      const value = (year.averageOrderValue ?? NaN) * (year.purchaseFrequency ?? NaN) * years * margin;
      expect(value).toBeCloseTo(clv, 10);
    }
  });
});
