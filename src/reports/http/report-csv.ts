import { type CsvCell } from '../../platform/http/csv';
import type { ResponseRate, SurveyFigures } from '../domain/survey-figures';
import type { LiftRow } from '../lift-report.types';
import type { AttributionReport, FunnelReport } from '../reports.types';
import type { ExitFigures } from '../domain/exit-figures';
import type { ExitReasonsReport } from '../exit-reasons-report.service';
import type { SurveyReport } from '../survey-report.service';
import { CREDIT_MODELS } from '../../attribution/credit-models';

/** A table as it goes into CSV. */
export interface CsvTable {
  header: readonly string[];
  rows: CsvCell[][];
}

/** Every figure of a report that is no table (a lift, a plan, values), one a line, under the name of its path. */
export function figuresTable(report: object): CsvTable {
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

/** Shares of some kinds of surveys, by how many people. */
const SHARES = ['promoters', 'passives', 'detractors', 'satisfied'] as const;

/** A line for all answers, one for each question of several and one for each group; the answers themselves, a column each. */
export function surveyTable(report: SurveyReport): CsvTable {
  const values = report.distribution.map(({ value }) => value);
  const shares = SHARES.filter((name) => report[name] !== undefined);
  const header = [
    ...['dimension', 'name', 'responses', 'score', 'ci.low', 'ci.high', 'median', 'delivered', 'answered', 'comments'],
    ...['responseRate', 'responseRateCi.low', 'responseRateCi.high'],
    ...shares.flatMap((name) => [name, `${name}.share`, `${name}.ci.low`, `${name}.ci.high`]),
    ...values.map((value) => `answer.${value}`),
  ];
  type Line = SurveyFigures & Partial<ResponseRate> & { name: string; comments?: number };
  const line = (dimension: string, group: Line): CsvCell[] => [
    ...[dimension, group.name, group.responses, group.score, ...limits(group.ci), group.median ?? null],
    ...[group.delivered ?? null, group.answered ?? null, group.comments ?? null],
    ...[group.responseRate ?? null, ...limits(group.responseRateCi)],
    ...shares.flatMap((name) => [group[name]?.count ?? null, group[name]?.share ?? null, ...limits(group[name]?.ci)]),
    ...values.map((value) => group.distribution.find((one) => one.value === value)?.count ?? 0),
  ];
  const { campaign, segment, product, time } = report.by;
  const items = Object.entries(report.items ?? {}).map(([name, { mean, ci }]): CsvCell[] => {
    const known: CsvCell[] = ['item', name, null, mean, ...limits(ci)];
    return header.map((_, i) => known[i] ?? null);
  });
  const groups = Object.entries({ campaign, segment, product, time });
  return {
    header,
    rows: [
      line('all', { ...report, name: report.survey }),
      ...items,
      ...groups.flatMap(([dimension, list]) => list.map((group) => line(dimension, group))),
    ],
  };
}

/** A line for every reason, of all and of each campaign; one without a reason where nobody answered. */
export function exitTable(report: ExitReasonsReport): CsvTable {
  const header = ['scope', 'campaign', 'left', 'asked', 'answered', 'answerRate'];
  const lines = (scope: string, campaign: string | null, figures: ExitFigures): CsvCell[][] => {
    const { left, asked, answered, answerRate, reasons } = figures;
    return (reasons.length === 0 ? [null] : reasons).map((one) => [
      ...[scope, campaign, left, asked, answered, answerRate],
      ...[one?.reason ?? null, one?.answers ?? null, one?.share ?? null, ...limits(one?.ci)],
    ]);
  };
  return {
    header: [...header, 'reason', 'answers', 'share', 'ci.low', 'ci.high'],
    rows: [...lines('all', null, report), ...report.campaigns.flatMap((one) => lines('campaign', one.campaign, one))],
  };
}

const limits = (ci: readonly [number, number] | null | undefined): [number | null, number | null] => [
  ci?.[0] ?? null,
  ci?.[1] ?? null,
];

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

/**
 * A line a model for the campaign (without a step), one for what the campaign changed beside them (`lift`), then a line a
 * model and step.
 */
export function attributionTable(report: AttributionReport): CsvTable {
  const header = ['model', 'step', 'orders', 'revenue', 'ci.low', 'ci.high', 'uncredited.orders', 'uncredited.revenue'];
  const totals = CREDIT_MODELS.map((model): CsvCell[] => {
    const { orders, revenue, uncredited } = report.models[model];
    return [model, null, orders, revenue, null, null, uncredited.orders, uncredited.revenue];
  });
  const { incremental, incrementalCi } = report.beside;
  const lift: CsvCell[] = ['lift', null, null, incremental, ...limits(incrementalCi), null, null];
  const steps = report.byStep.flatMap((step) =>
    CREDIT_MODELS.map((model): CsvCell[] => {
      const { orders, revenue } = step[model];
      return [model, step.step, orders, revenue, null, null, null, null];
    }),
  );
  return { header, rows: [...totals, lift, ...steps] };
}
