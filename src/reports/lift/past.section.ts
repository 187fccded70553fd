import { type CupedDifference, cupedDifference, type PairedSums } from '../domain/cuped';
import { standardisedDifference } from '../domain/standardised-difference';
import { liftPast, type LiftPastRow } from '../data/lift-past.sql';
import { known, type LiftContext, type LiftSection, unknown } from './lift-section';

const PAST_DAYS = 365;

/** A mean per customer by arm, and the difference in units of its spread. */
export interface BalancedFigure {
  treatment: number;
  holdout: number;
  /** Beyond 0.1 the arms were unlike before anything was sent. */
  standardisedDifference: number | null;
}

/** What the arms were like in the year before; they were drawn, so both differences should be near 0. */
export interface Balance {
  days: number;
  orders: BalancedFigure;
  revenue: BalancedFigure;
}

interface Past {
  treatment: LiftPastRow;
  holdout: LiftPastRow;
}

/** Both sections read the same statement; it is asked once a report. */
const asked = new WeakMap<LiftContext, Promise<Past | null>>();

/** Null while an arm is empty. */
function pastOf(context: LiftContext): Promise<Past | null> {
  const reading = asked.get(context) ?? readPast(context);
  asked.set(context, reading);
  return reading;
}

async function readPast({ database, scope }: LiftContext): Promise<Past | null> {
  const rows = await database.query<LiftPastRow>(liftPast(scope));
  const treatment = rows.find((row) => row.arm === 'treatment');
  const holdout = rows.find((row) => row.arm === 'holdout');
  return treatment && holdout ? { treatment, holdout } : null;
}

export const cuped: LiftSection<CupedDifference> = {
  cost: 'heavy',
  async read(context) {
    const past = await pastOf(context);
    if (!past) return unknown('no_mature_customers');
    const unit = context.minorUnits;
    const inMoney = (row: LiftPastRow): PairedSums => ({
      n: row.n,
      meanX: row.meanX / unit,
      meanY: row.meanY / unit,
      sxx: row.sxx / unit ** 2,
      syy: row.syy / unit ** 2,
      sxy: row.sxy / unit ** 2,
    });
    const figures = cupedDifference(inMoney(past.treatment), inMoney(past.holdout));
    if (figures) return known(figures, figures.ci ? {} : { ci: 'no_variance' });
    return unknown(Math.min(past.treatment.n, past.holdout.n) < 2 ? 'few_customers' : 'no_variance');
  },
};

export const balance: LiftSection<Balance> = {
  cost: 'heavy',
  async read(context) {
    const past = await pastOf(context);
    if (!past) return unknown('no_mature_customers');
    const { treatment, holdout } = past;
    const unit = context.minorUnits;
    const spread = (row: LiftPastRow) => ({ mean: row.meanX, variance: row.n < 2 ? NaN : row.sxx / (row.n - 1) });
    const counts = (row: LiftPastRow) => ({ mean: row.meanOrders, variance: row.varianceOrders ?? NaN });
    const orders: BalancedFigure = {
      treatment: treatment.meanOrders,
      holdout: holdout.meanOrders,
      standardisedDifference: standardisedDifference(counts(treatment), counts(holdout)),
    };
    const revenue: BalancedFigure = {
      treatment: treatment.meanX / unit,
      holdout: holdout.meanX / unit,
      standardisedDifference: standardisedDifference(spread(treatment), spread(holdout)),
    };
    const why = Math.min(treatment.n, holdout.n) < 2 ? 'few_customers' : 'no_variance';
    const reasons = Object.entries({ orders, revenue })
      .filter(([, figure]) => figure.standardisedDifference === null)
      .map(([name]) => [`${name}.standardisedDifference`, why]);
    return known({ days: PAST_DAYS, orders, revenue }, Object.fromEntries(reasons) as Record<string, string>);
  },
};
