import { liftTimes, type LiftTimeRow } from '../data/lift-times.sql';
import {
  type ArmName,
  curveAt,
  type CurvePoint,
  type EventTime,
  type LogRank,
  logRank,
} from '../domain/survival-curve';
import { known, type LiftSection, unknown } from './lift-section';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Up to so long a window the curve is drawn by the hour. */
const BY_HOUR_MS = 3 * DAY_MS;

/** The share that has not come back, so many units after t0. */
export interface TimedPoint extends CurvePoint {
  at: number;
  /** Still watched and not back just before. */
  atRisk: number;
}

export interface Curves {
  unit: 'hour' | 'day';
  treatment: TimedPoint[];
  holdout: TimedPoint[];
  logRank: LogRank | null;
}

export const curves: LiftSection<Curves> = {
  cost: 'heavy',
  async read({ database, scope, counted }) {
    const { treatment, holdout } = counted;
    const people = Math.min(treatment.customers + treatment.immature, holdout.customers + holdout.immature);
    if (treatment.customers + treatment.immature + holdout.customers + holdout.immature === 0)
      return unknown('nobody_entered');
    const unit = scope.windowMs <= BY_HOUR_MS ? 'hour' : 'day';
    const step = unit === 'hour' ? HOUR_MS : DAY_MS;
    const grid = Array.from({ length: Math.floor(scope.windowMs / step) + 1 }, (_, i) => i * step);
    if (grid.at(-1) !== scope.windowMs) grid.push(scope.windowMs);
    const times = (await database.query<LiftTimeRow>(liftTimes(scope, grid))).map(eventTime);
    const byTime = new Map(times.map((time) => [time.ms, time]));
    const points = (arm: ArmName): TimedPoint[] =>
      curveAt(times, arm, grid).map((point, i) => {
        const ms = grid[i] ?? 0;
        return { at: ms / step, atRisk: byTime.get(ms)?.atRisk[arm] ?? 0, ...point };
      });
    const value: Curves = { unit, treatment: points('treatment'), holdout: points('holdout'), logRank: logRank(times) };
    const bare = (arm: ArmName) => value[arm].some((point) => point.ci === null);
    return known(value, {
      ...(bare('treatment') ? { 'treatment[].ci': 'nobody_or_everybody_came_back_so_far' } : {}),
      ...(bare('holdout') ? { 'holdout[].ci': 'nobody_or_everybody_came_back_so_far' } : {}),
      ...(value.logRank ? {} : { logRank: people === 0 ? 'an_arm_is_empty' : 'nobody_came_back' }),
    });
  },
};

function eventTime(row: LiftTimeRow): EventTime {
  return {
    ms: row.ms,
    atRisk: { treatment: row.riskTreatment, holdout: row.riskHoldout },
    events: { treatment: row.cameTreatment, holdout: row.cameHoldout },
  };
}
