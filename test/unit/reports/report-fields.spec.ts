import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PAGE } from '../../support/metric-examples/page';
import { type ReportField, ReportFields } from '../../support/report-fields';

/** The reports by their names in the chapter "Fields"; the last test finds one that is missing. */
const REPORTS: Record<string, [file: string, type: string]> = {
  'Every report': ['reports/reports.types.ts', 'ReportHead'],
  Stages: ['reports/lifecycle-report.service.ts', 'LifecycleReport'],
  Retention: ['reports/retention-report.service.ts', 'RetentionReport'],
  Cohorts: ['reports/cohort-report.service.ts', 'CohortReport'],
  Survey: ['reports/survey-report.service.ts', 'SurveyReport'],
  'Reasons for leaving': ['reports/exit-reasons-report.service.ts', 'ExitReasonsReport'],
  Affinities: ['reports/affinity-report.service.ts', 'AffinityReport'],
  Value: ['reports/value-report.service.ts', 'ValueReport'],
  Funnel: ['reports/reports.types.ts', 'FunnelReport'],
  'Lift of a campaign': ['reports/lift-report.types.ts', 'LiftReport'],
  'Rows of a lift': ['reports/lift-report.types.ts', 'LiftRow'],
  'Lift of the programme': ['reports/program-lift-report.service.ts', 'ProgramLiftReport'],
  'Pooled lift': ['reports/pooled-lift-report.service.ts', 'PooledLiftReport'],
  'Lift plan': ['reports/lift-plan.service.ts', 'LiftPlan'],
  Attribution: ['reports/reports.types.ts', 'AttributionReport'],
};

/** A row of a table: fields of one or several reports, and where they are explained. */
interface Row {
  reports: string[];
  /** `{a, b}` written out. */
  paths: string[];
  text: string;
}

const CHAPTER = (PAGE.split(/^## Fields$/m)[1] ?? '').split(/^## /m)[0] ?? '';

const ROWS: Row[] = CHAPTER.split(/^(?=\*\*)/m).flatMap((part) => {
  const reports = (/^\*\*(.+?)\.\*\*/.exec(part)?.[1] ?? '').split('; ');
  return [...part.matchAll(/^\| (`.*`) \| (.*) \|$/gm)].map(([, fields = '', text = '']) => ({
    reports,
    paths: [...fields.matchAll(/`([^`]+)`/g)].flatMap(([, field = '']) => writtenOut(field)),
    text,
  }));
});

function writtenOut(field: string): string[] {
  const [whole, names] = /\{([^}]+)\}/.exec(field) ?? [];
  if (whole === undefined || names === undefined) return [field];
  return names.split(', ').flatMap((name) => writtenOut(field.replace(whole, name)));
}

/** Headings as a page of Markdown names them. */
const ANCHORS = new Set(
  [...PAGE.matchAll(/^#{2,3} (.*)$/gm)].map(
    ([, title = '']) =>
      `#${title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-')}`,
  ),
);

const types = new ReportFields();
const FIELDS = new Map<string, ReportField[]>(
  Object.entries(REPORTS).map(([name, [file, type]]) => [name, types.of(file, type)]),
);
const EVERYWHERE = new Set(FIELDS.get('Every report')?.map(({ path }) => path));

/** `x[].…`: whatever is in `x[]` is that which the report has at its top too. */
function rowFor(path: string, rows: readonly Row[]): Row | undefined {
  const own = rows.find(({ paths }) => paths.includes(path));
  if (own) return own;
  const prefixes = rows.flatMap(({ paths }) =>
    paths.filter((one) => one.endsWith('.…')).map((one) => one.slice(0, -1)),
  );
  const prefix = prefixes.find((one) => path.startsWith(one));
  return prefix === undefined ? undefined : rows.find(({ paths }) => paths.includes(path.slice(prefix.length)));
}

describe('the chapter on fields', () => {
  it.each(Object.keys(REPORTS))('%s: every field has its place, and every figure a formula', (name) => {
    const rows = ROWS.filter(({ reports }) => reports.includes(name));
    const fields = (FIELDS.get(name) ?? []).filter(
      ({ path }) => name === 'Every report' || (!EVERYWHERE.has(path) && !/(^|\.)undefinedBecause\.\*$/.test(path)),
    );
    const lacking = fields.flatMap(({ path, numeric }) => {
      const row = rowFor(path, rows);
      if (!row) return [`${path}: no row`];
      return numeric && !row.text.includes('](#') ? [`${path}: a figure without a link to its formula`] : [];
    });
    expect(lacking).toEqual([]);
    const known = new Set((FIELDS.get(name) ?? []).map(({ path }) => path));
    const stale = rows.flatMap(({ paths }) => paths).filter((path) => !path.endsWith('.…') && !known.has(path));
    expect(stale).toEqual([]);
  });

  it('points at headings of the page', () => {
    const links = ROWS.flatMap(({ text }) => [...text.matchAll(/\]\((#[^)]+)\)/g)].map(([, link = '']) => link));
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter((link) => !ANCHORS.has(link))).toEqual([]);
  });

  it('names every report that there is', () => {
    const source = path.join(__dirname, '../../../src/reports');
    const declared = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [
        ...readFileSync(path.join(source, file), 'utf8').matchAll(
          /(?:interface|type) (\w+) (?:extends|=) .*\bReportHead\b/g,
        ),
      ])
      .map(([, type = '']) => type);
    expect(declared.length).toBeGreaterThan(10);
    // The calendar shows what is planned and forecast: `docs/calendar.md`.
    const known = [...Object.values(REPORTS).map(([, type]) => type), 'CalendarReport'];
    expect(declared.filter((type) => !known.includes(type))).toEqual([]);
    expect(new Set(ROWS.flatMap(({ reports }) => reports))).toEqual(new Set(Object.keys(REPORTS)));
  });
});
