import { Injectable } from '@nestjs/common';
import { type Fault, Refusal } from '../kernel/errors';
import { daysBetween, isDate, localDate } from '../kernel/local-time';
import { minorDigits } from '../kernel/money';
import { AppConfig } from '../platform/config/config';
import { CustomerPredictions, type PredictionsView } from '../predictions/customer-predictions';
import { type ValueForecast, ValueForecasts } from '../predictions/value-forecasts';
import { storedEconomics } from './data/economics.sql';
import { ReportsDatabase } from './data/reports-database';
import { historicCounts, type ValueRow } from './data/value.sql';
import type { Economics } from './domain/economics';
import { type HistoricValue, historicValue } from './domain/historic-value';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

export interface ValueQuestion {
  /** Last day that the models see; default: three quarters of the history, the last 26 weeks left out at most. */
  calibrationEnd?: string;
  /** Last day that they are judged by; default the day of `asOf`. */
  holdoutEnd?: string;
  asOf?: Date;
}

/** `GET reports/value`. Money in the store's currency, times in weeks (days / 7); null with its reason. */
export interface ValueReport extends ReportHead, HistoricValue {
  /** Of `settings/economics`; null where it was not told. */
  grossMargin: number | null;
  calibrationEnd: string | null;
  holdoutEnd: string | null;
  /** Customers whose first order was by the end of calibration. */
  customers: number;
  /** BG/NBD, under which somebody with one order is alive for certain. */
  model: ValueForecast['model'];
  /** Gamma-Gamma. */
  spend: ValueForecast['spend'];
  /** How the model did in the time that it had not seen. Read this before the forecast. */
  holdout: (NonNullable<ValueForecast['holdout']> & { days: number; predictedShare: number | null }) | null;
  /** Fitted to everything up to `asOf`, 52 weeks ahead of it, undiscounted. */
  forecast: {
    weeks: number;
    customers: number;
    orders: number;
    revenue: number | null;
    perCustomer: number | null;
  } | null;
  /** What the fields `predicted.alive` and `predicted.value` of conditions stand on; null while no condition asks. */
  conditions: PredictionsView | null;
  undefinedBecause: Record<string, string>;
}

const YEAR_DAYS = 364;

/** What customers are worth: so far, how unevenly, and in the year to come. */
@Injectable()
export class ValueReports {
  private readonly zone: string;
  private readonly minorUnits: number;

  constructor(
    private readonly database: ReportsDatabase,
    private readonly heads: ReportHeads,
    private readonly forecasts: ValueForecasts,
    private readonly predictions: CustomerPredictions,
    config: AppConfig,
  ) {
    this.zone = config.store.timezone;
    this.minorUnits = 10 ** minorDigits(config.store.currency);
  }

  /** @throws Refusal (422) for days that do not exist, have not come, or are in the wrong order; for an `asOf` to come. */
  async value({ asOf: wish, ...days }: ValueQuestion): Promise<ValueReport> {
    const asOf = this.heads.asOf(wish);
    const today = localDate(asOf, this.zone);
    refuseDays(days, today);
    const [historic] = await this.database.query<ValueRow>(historicCounts(asOf));
    if (!historic) throw new Error('an aggregate without a row');
    const [economics] = await this.database.query<{ value: Economics }>(storedEconomics);
    const grossMargin = economics?.value.grossMargin ?? null;
    const firstDay = await this.forecasts.firstDay(this.database, asOf, this.zone);
    const holdoutEnd = days.holdoutEnd ?? today;
    const calibrationEnd =
      days.calibrationEnd ?? (firstDay === null ? today : this.forecasts.calibrationEnd(firstDay, holdoutEnd));
    const span = { asOf, zone: this.zone, minorUnits: this.minorUnits, horizonDays: YEAR_DAYS };
    const [judged, whole] = await Promise.all([
      this.forecasts.forecast(this.database, { ...span, calibrationEnd, holdoutEnd }),
      this.forecasts.forecast(this.database, { ...span, calibrationEnd: today, holdoutEnd: today }),
    ]);
    const answer = {
      grossMargin,
      ...this.past(historic, grossMargin),
      calibrationEnd,
      holdoutEnd,
      customers: judged.customers,
      model: judged.model,
      spend: judged.spend,
      holdout: judged.holdout && {
        ...judged.holdout,
        days: daysBetween(calibrationEnd, holdoutEnd),
        predictedShare: judged.holdout.actual === 0 ? null : judged.holdout.predicted / judged.holdout.actual,
      },
      forecast: ahead(whole),
      conditions: await this.predictions.view(),
    };
    return {
      ...answer,
      ...(await this.heads.head(asOf, { otherCurrency: historic.otherCurrency })),
      undefinedBecause: undefinedBecause(answer, judged, whole),
    };
  }

  private past(row: ValueRow, grossMargin: number | null): HistoricValue {
    const [revenue, topRevenue] = [row.revenue / this.minorUnits, row.topRevenue / this.minorUnits];
    return historicValue({ ...row, revenue, topRevenue }, grossMargin);
  }
}

function refuseDays({ calibrationEnd, holdoutEnd }: Omit<ValueQuestion, 'asOf'>, today: string): void {
  const named = Object.entries({ calibrationEnd, holdoutEnd }).filter(([, day]) => day !== undefined);
  const faults: Fault[] = named.flatMap(([path, day = '']) => {
    if (!isDate(day)) return [{ path, message: 'must be a calendar day such as 2026-03-01' }];
    return day > today ? [{ path, message: 'has not come yet' }] : [];
  });
  if (faults.length === 0 && calibrationEnd !== undefined && calibrationEnd > (holdoutEnd ?? today)) {
    faults.push({ path: 'calibrationEnd', message: 'must not be later than holdoutEnd' });
  }
  if (faults.length > 0) throw Refusal.invalid(faults);
}

function ahead({ customers, ahead: expected }: ValueForecast): ValueReport['forecast'] {
  if (!expected) return null;
  const { orders, revenue } = expected;
  return {
    ...{ weeks: YEAR_DAYS / 7, customers, orders, revenue },
    perCustomer: revenue === null ? null : revenue / customers,
  };
}

function undefinedBecause(
  {
    historic,
    concentration,
    holdout,
    spend,
    model,
  }: Pick<ValueReport, 'historic' | 'concentration' | 'holdout' | 'spend' | 'model'>,
  judged: ValueForecast,
  whole: ValueForecast,
): Record<string, string> {
  const unpinned = 'likelihood_too_flat';
  const reasons: Array<[path: string, value: unknown, reason: string]> = [
    ['historic.perCustomer', historic.perCustomer, 'no_orders'],
    ['concentration.revenueShare', concentration.revenueShare, 'no_revenue'],
    ['model', model, judged.reason ?? ''],
    ['model.standardErrors', model?.standardErrors, unpinned],
    ['spend', spend, 'too_little_history'],
    ['spend.standardErrors', spend?.standardErrors, unpinned],
    ['spend.correlation', spend?.correlation, 'no_variance'],
    ['holdout', holdout, judged.reason ?? 'nothing_held_out'],
    ['holdout.predictedShare', holdout?.predictedShare, 'no_repeats'],
    ['forecast', whole.ahead, whole.reason ?? ''],
    ['forecast.revenue', whole.ahead?.revenue, 'no_mean_spend'],
    ['forecast.perCustomer', whole.ahead?.revenue, 'no_mean_spend'],
  ];
  return Object.fromEntries(reasons.filter(([, value]) => value === null).map(([path, , reason]) => [path, reason]));
}
