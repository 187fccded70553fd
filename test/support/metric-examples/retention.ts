import { typicalGap } from '../../../src/catalog/domain/typical-gap';
import { type GapCount, lapseThreshold } from '../../../src/predictions/domain/lapse-threshold';
import { calendarPeriods, type Interval } from '../../../src/reports/domain/calendar-periods';
import { type CohortRow, cohortTable } from '../../../src/reports/domain/cohort-table';
import { type RetentionCounts, retentionFigures } from '../../../src/reports/domain/retention-figures';
import { secondOrderTime, type Wait } from '../../../src/reports/domain/second-order-time';
import { type LifecycleRules, type StageFacts, stageOn } from '../../../src/segments/stage';
import { type Figures } from './figure';

/** A period in which nothing happened; examples name what matters to them. */
export const NOTHING_COUNTED: RetentionCounts = {
  ...{ before: 0, after: 0, both: 0, active: 0, activeBefore: 0, bothActive: 0, fresh: 0, orders: 0, revenue: 0 },
  ...{ topRevenue: 0, otherCurrency: 0, revenueBefore: 0, revenueOfThoseBefore: 0, revenueKept: 0, buyers: 0 },
  ...{ repeatBuyers: 0, firstOrders90: 0, secondOrders90: 0, returners: 0, upsold: 0, lapsed: 0, wonBack: 0 },
  ...{ mailable: 0, engaged: 0, responses: 0, promoters: 0, detractors: 0 },
};

interface CohortExample {
  from: string;
  to: string;
  interval: Interval;
  asOf: string;
  rows: Array<Partial<CohortRow> & Pick<CohortRow, 'first' | 'period'>>;
}

export const RETENTION_FIGURES = {
  retention: (counts: Partial<RetentionCounts>) => retentionFigures({ ...NOTHING_COUNTED, ...counts }),
  stage: ({ day, ...input }: StageFacts & LifecycleRules & { day: string }) => stageOn(input, day, input),
  lapseThreshold: ({ gaps, daysOfOrders }: { gaps: GapCount[]; daysOfOrders: number }) =>
    lapseThreshold(gaps, daysOfOrders),
  timeToReplenish: ({ gaps }: { gaps: GapCount[] }) => typicalGap(gaps),
  secondOrderTime: ({ waits }: { waits: Wait[] }) => secondOrderTime(waits),
  cohorts: ({ from, to, interval, asOf, rows }: CohortExample) =>
    cohortTable(
      rows.map((row) => ({ grp: null, customers: 0, active: 0, returned: 0, revenue: 0, otherCurrency: 0, ...row })),
      calendarPeriods(from, to, interval, 'Europe/Rome'),
      new Date(asOf),
      100,
    ),
} satisfies Figures;
