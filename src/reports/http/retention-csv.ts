import { type CsvCell } from '../../platform/http/csv';
import type { CohortReport } from '../cohort-report.service';
import type { RetentionPeriod, RetentionReport, RetentionTable } from '../retention-report.service';
import type { CsvTable } from './report-csv';

const COLUMNS = [
  ...['from', 'to', 'complete', 'customersAtStart', 'customersAtEnd', 'newCustomers', 'reactivated', 'retentionRate'],
  ...['retentionRateStrict', 'churnRate', 'repeatPurchaseRate', 'netRevenueRetention', 'netRevenueChurn'],
  ...['grossRevenueRetention', 'upsellRatio', 'winBackRate', 'secondOrderRate90', 'engagementRate'],
  ...['averageOrderValue', 'purchaseFrequency', 'nps'],
] as Array<Exclude<keyof RetentionPeriod, 'undefinedBecause' | 'npsCi'>>;

const WITHIN = ['P30D', 'P90D', 'P180D', 'P365D'] as const;

const MORE = [
  ...['npsCi.low', 'npsCi.high', 'npsResponses', 'concentration'],
  ...['secondOrder.customers', 'secondOrder.returned', 'secondOrder.medianDays'],
  ...WITHIN.map((name) => `secondOrder.${name}`),
];

/** A line a period; broken down, with its group in the first column and a line without one for all people before them. */
export function retentionTable(report: RetentionReport): CsvTable {
  const { groups, by } = report;
  const tables: Array<RetentionTable & { name?: string }> = [report, ...(groups ?? [])];
  return {
    header: [...(by ? [by] : []), ...COLUMNS, ...MORE],
    rows: tables.flatMap(({ name, periods, secondOrder }) =>
      periods.map((period): CsvCell[] => [
        ...(by ? [name ?? null] : []),
        ...COLUMNS.map((column) => period[column]),
        ...[period.npsCi?.[0] ?? null, period.npsCi?.[1] ?? null, period.npsResponses, period.concentration],
        ...[secondOrder.customers, secondOrder.returned, secondOrder.medianDays],
        ...WITHIN.map((name) => secondOrder.returnedWithin[name]),
      ]),
    ),
  };
}

/** A line a cohort and period after it; broken down, with its group in the first column, all people first. */
export function cohortCsv({ by, cohorts, groups }: CohortReport): CsvTable {
  const tables = [{ name: null, cohorts }, ...(groups ?? [])];
  return {
    header: [...(by ? [by] : []), 'from', 'to', 'customers', 'k', 'active', 'returned', 'revenuePerCustomer'],
    rows: tables.flatMap(({ name, cohorts: own }) =>
      own.flatMap(({ from, to, customers, active, returned, revenuePerCustomer }) =>
        active.map((share, k): CsvCell[] => [
          ...(by ? [name] : []),
          ...[from, to, customers, k, share, returned[k], revenuePerCustomer[k]],
        ]),
      ),
    ),
  };
}
