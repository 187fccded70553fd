import { Injectable } from '@nestjs/common';
import { addDays, daysBetween } from '../kernel/local-time';
import { type Queryable } from '../platform/database/database';
import { firstOrderDay, type HistoryRow, orderHistories, type SpendRow, spendHistories } from './data/histories.sql';
import { type ValueForecast, type ValueQuestion } from './domain/forecast-value';
import { fitValue } from './fit-in-thread';

export type { ValueForecast } from './domain/forecast-value';

/** Days of the store's calendar, both included. */
export interface ForecastSpan {
  /** The models see what happened up to the end of this day. */
  calibrationEnd: string;
  /** They are judged by what happened after it, up to the end of this day; the same day: not judged. */
  holdoutEnd: string;
  /** Days to look ahead from the end of calibration. */
  horizonDays: number;
  /** Facts whose own time is later are left out. */
  asOf: Date;
  zone: string;
  /** Minor units of the store's currency per unit. */
  minorUnits: number;
}

/** What customers are worth in the time to come: BG/NBD and Gamma-Gamma, fitted to the shop's own orders. */
@Injectable()
export class ValueForecasts {
  /** The day of the shop's first order; null without any. */
  async firstDay(db: Pick<Queryable, 'query'>, asOf: Date, zone: string): Promise<string | null> {
    const [row] = await db.query<{ day: string | null }>(firstOrderDay(asOf, zone));
    return row?.day ?? null;
  }

  /**
   * Fits, judges and looks ahead, in a thread of its own but for small shops: seconds of arithmetic must not hold up
   * requests.
   * @throws Error when that takes longer than two minutes or a gigabyte
   */
  async forecast(db: Pick<Queryable, 'query'>, span: ForecastSpan): Promise<ValueForecast> {
    const { calibrationEnd, holdoutEnd, minorUnits } = span;
    const histories = await db.query<HistoryRow>(orderHistories(span));
    const spends = await db.query<SpendRow>(spendHistories(span));
    const question: ValueQuestion = {
      groups: histories.map((row) => ({
        repeats: row.repeats,
        lastDay: row.lastDay,
        observedDays: row.observedDays,
        count: row.count,
        laterRepeats: row.laterRepeats,
        meanSpend: row.meanSpend / minorUnits,
      })),
      spends: {
        repeats: Float64Array.from(spends.flatMap(({ repeats, means }) => means.map(() => repeats))),
        means: Float64Array.from(spends.flatMap(({ means }) => means.map((mean) => mean / minorUnits))),
      },
      holdoutDays: daysBetween(calibrationEnd, holdoutEnd),
      horizonDays: span.horizonDays,
    };
    return fitValue(question);
  }

  /**
   * What to hold out where nobody says: the last quarter of the history, 26 weeks at most.
   * @param firstDay of the shop's orders
   */
  calibrationEnd(firstDay: string, lastDay: string): string {
    return addDays(lastDay, -Math.min(182, Math.floor(daysBetween(firstDay, lastDay) / 4)));
  }
}
