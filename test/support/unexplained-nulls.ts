/** Fields that are null for another reason than that a figure is undefined. */
const NO_FIGURES = /^(replica|from|to|by|scale|leftOut|campaign|endedAt|source|grossMargin|conditions|nextCursor)$/;

/** What no report may hold, whatever was put in: a number that is none, and a null without its reason. By path. */
export function unexplainedNulls(report: object): string[] {
  const faults: string[] = [];
  look(report, '', [], faults);
  return faults;
}

/** `reasons` are those of the objects around, by path from the top; `x[].y` speaks for all of a list. */
function look(value: unknown, at: string, reasons: readonly RegExp[], faults: string[]): void {
  const name = /[^.[\]]*$/.exec(at)?.[0] ?? '';
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) faults.push(`${at}: ${value}`);
  if (value === null && !NO_FIGURES.test(name) && !reasons.some((reason) => reason.test(at))) {
    faults.push(`${at}: null, no reason`);
  }
  if (typeof value !== 'object' || value === null) return;
  const { undefinedBecause = {} } = value as { undefinedBecause?: Record<string, string> };
  const known = [...reasons, ...Object.keys(undefinedBecause).map((path) => pattern(below(at, path, false)))];
  for (const [key, field] of Object.entries(value)) {
    if (key !== 'undefinedBecause') look(field, below(at, key, Array.isArray(value)), known, faults);
  }
}

function below(at: string, key: string, isItem: boolean): string {
  if (isItem) return `${at}[${key}]`;
  return at === '' ? key : `${at}.${key}`;
}

function pattern(path: string): RegExp {
  const escaped = path.replace(/[.[\]]/g, '\\$&').replaceAll('\\[\\]', '\\[\\d+\\]');
  return new RegExp(`^${escaped}$`);
}
