import { type CsvCell } from '../../platform/http/csv';
import type { ResponseRate, SurveyFigures } from '../domain/survey-figures';
import type { LiftRow } from '../lift-report.types';
import type { AttributionReport, FunnelReport } from '../reports.types';
import type { SurveyReport } from '../survey-report.service';
import { CREDIT_MODELS } from '../../attribution/credit-models';

/** A table as it goes into CSV. */
export interface CsvTable {
  header: string[];
  rows: CsvCell[][];
}

/** Every figure of a report that is no table (a lift, a plan), one a line, under the name of its path. */
export function liftTable(report: object): CsvTable {
  return { header: ['figure', 'value'], rows: leaves(report, '') };
}

function leaves(value: unknown, path: string): CsvCell[][] {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return [[path, value]];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, `${path}[${index}]`));
  const fields = Object.entries(value as Record<string, unknown>);
  return fields.flatMap(([key, field]) => leaves(field, path === '' ? key : `${path}.${key}`));
}

/** A line for all answers and one for each group; the answers themselves, a column each. */
export function surveyTable(report: SurveyReport): CsvTable {
  const values = report.distribution.map(({ value }) => value);
  const header = [
    'dimension',
    'name',
    'responses',
    'score',
    'ci.low',
    'ci.high',
    'delivered',
    'answered',
    'responseRate',
  ];
  const line = (dimension: string, group: SurveyFigures & Partial<ResponseRate> & { name: string }): CsvCell[] => [
    ...[dimension, group.name, group.responses, group.score, group.ci?.[0] ?? null, group.ci?.[1] ?? null],
    ...[group.delivered ?? null, group.answered ?? null, group.responseRate ?? null],
    ...values.map((value) => group.distribution.find((one) => one.value === value)?.count ?? 0),
  ];
  const { campaign, segment, product, time } = report.by;
  const groups = Object.entries({ campaign, segment, product, time });
  return {
    header: [...header, ...values.map((value) => `answer.${value}`)],
    rows: [
      line('all', { ...report, name: report.survey }),
      ...groups.flatMap(([dimension, list]) => list.map((group) => line(dimension, group))),
    ],
  };
}

export const LIFT_ROW_HEADER = [
  'customerId',
  'enrollmentId',
  'arm',
  'epoch',
  'enteredAt',
  'startedAt',
  'mature',
  'repurchased',
  'orders',
  'revenue',
  'otherCurrency',
  'armReason',
  'firstOrderAt',
  'ordersBefore',
  'revenueBefore',
  'revenueYearBefore',
  'sent',
  'couponCost',
  'otherMessages',
  'unsubscribed',
  'complained',
  'stage',
  'locale',
  'tenureDays',
  'firstProduct',
] as const satisfies ReadonlyArray<keyof LiftRow>;

export function liftRowCells(row: LiftRow): CsvCell[] {
  return LIFT_ROW_HEADER.map((name) => row[name]);
}

/** A line a step. The reasons of skipped messages have a column each, of all that occur. */
export function funnelTable(report: FunnelReport): CsvTable {
  const reasons = [...new Set(report.steps.flatMap((step) => Object.keys(step.skipped)))].sort();
  const header = [
    ...[
      'step',
      'due',
      'sent',
      'queued',
      'failed',
      'uncertain',
      'heldOut',
      ...reasons.map((reason) => `skipped.${reason}`),
    ],
    ...['delivered', 'opened.human', 'opened.machine', 'clicked.human', 'clicked.machine'],
    ...['unsubscribed', 'bounced', 'complained', 'converted'],
  ];
  const rows = report.steps.map((step): CsvCell[] => [
    ...[step.step, step.due, step.sent, step.queued, step.failed, step.uncertain, step.heldOut],
    ...reasons.map((reason) => step.skipped[reason] ?? 0),
    ...[step.delivered, step.opened.human, step.opened.machine, step.clicked.human, step.clicked.machine],
    ...[step.unsubscribed, step.bounced, step.complained, step.converted],
  ]);
  return { header, rows };
}

/** A line a model for the campaign (without a step), then a line a model and step. */
export function attributionTable(report: AttributionReport): CsvTable {
  const header = ['model', 'step', 'orders', 'revenue', 'uncredited.orders', 'uncredited.revenue'];
  const totals = CREDIT_MODELS.map((model): CsvCell[] => {
    const { orders, revenue, uncredited } = report.models[model];
    return [model, null, orders, revenue, uncredited.orders, uncredited.revenue];
  });
  const steps = report.byStep.flatMap((step) =>
    CREDIT_MODELS.map((model): CsvCell[] => [model, step.step, step[model].orders, step[model].revenue, null, null]),
  );
  return { header, rows: [...totals, ...steps] };
}
