import { Injectable } from '@nestjs/common';
import { Refusal } from '../kernel/errors';
import { addDays, isDate, localDate, startOfDay } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { ReportsDatabase } from './data/reports-database';
import { type DayEnd, stageCounts, stageFlows } from './data/stage-counts.sql';
import { type Stage, STAGES } from '../segments/stage';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

/** `GET reports/lifecycle`. */
export interface LifecycleReport extends ReportHead {
  /** The day at whose end people stood where they are counted. */
  at: string;
  stages: Record<Stage, number>;
  /** With `from` and `to`: from which stage to which people went; from null: they came into being in between. */
  flows?: Array<{ from: Stage | null; to: Stage; customers: number }>;
}

export interface LifecycleQuestion {
  /** Calendar day; default that of `asOf`. */
  at?: string;
  /** Bounds of the flows, calendar days, `to` exclusive. */
  from?: string;
  to?: string;
  /** Default now. */
  asOf?: Date;
}

/** How many people are prospects, recent, repeat and lapsed, at the end of any day, by the facts as known now. */
@Injectable()
export class LifecycleReports {
  constructor(
    private readonly database: ReportsDatabase,
    private readonly heads: ReportHeads,
    private readonly config: AppConfig,
  ) {}

  /**
   * Counts the stages at the end of a day by the threshold in force on that day. Replayed from the orders, so that a day
   * in the past gives what is known of it now.
   *
   * @throws Refusal (422) for days that do not exist, for `from` without `to` or not before it, for an `asOf` to come.
   */
  async stages({ at, from, to, asOf: wish }: LifecycleQuestion): Promise<LifecycleReport> {
    const asOf = this.heads.asOf(wish);
    const zone = this.config.store.timezone;
    const day = at ?? localDate(asOf, zone);
    checkDays({ at: day, from, to });
    const counts = await this.database.query<{ stage: Stage; customers: number }>(
      stageCounts(this.endOf(day, asOf), zone),
    );
    const stages = Object.fromEntries(STAGES.map((stage) => [stage, 0])) as Record<Stage, number>;
    for (const { stage, customers } of counts) stages[stage] = customers;
    const report: LifecycleReport = {
      at: day,
      stages,
      ...(await this.heads.head(asOf, {})),
    };
    if (from !== undefined && to !== undefined) {
      const [before, after] = [addDays(from, -1), addDays(to, -1)].map((bound) => this.endOf(bound, asOf)) as [
        DayEnd,
        DayEnd,
      ];
      report.flows = await this.database.query(stageFlows(before, after, zone));
    }
    return report;
  }

  private endOf(day: string, asOf: Date): DayEnd {
    const end = startOfDay(addDays(day, 1), this.config.store.timezone);
    return { day, end, asOf: new Date(Math.min(end.getTime() - 1, asOf.getTime())) };
  }
}

function checkDays(days: { at: string; from: string | undefined; to: string | undefined }): void {
  const faults = Object.entries(days)
    .filter(([, day]) => day !== undefined && !isDate(day))
    .map(([path]) => ({ path, message: 'must be a calendar day such as 2026-03-01' }));
  const { from, to } = days;
  if ((from === undefined) !== (to === undefined)) {
    faults.push({ path: from === undefined ? 'from' : 'to', message: 'from and to go together' });
  } else if (faults.length === 0 && from !== undefined && to !== undefined && from >= to) {
    faults.push({ path: 'to', message: 'must be later than from' });
  }
  if (faults.length > 0) throw Refusal.invalid(faults);
}
