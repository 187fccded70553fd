import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ATTRIBUTION_FIGURES } from '../../support/metric-examples/attribution';
import { EXPERIMENT_FIGURES } from '../../support/metric-examples/experiments';
import { type Figure } from '../../support/metric-examples/figure';
import { LIFT_BESIDE_FIGURES } from '../../support/metric-examples/lift-beside';
import { LIFT_FIGURES } from '../../support/metric-examples/lift';
import { RETENTION_FIGURES } from '../../support/metric-examples/retention';
import { SURVEY_FIGURES } from '../../support/metric-examples/surveys';
import { VALUE_FIGURES } from '../../support/metric-examples/value';

const ROOT = path.join(__dirname, '../../..');
const PAGE = readFileSync(path.join(ROOT, 'docs/metrics.md'), 'utf8');

/** Every figure that has an example. A new one is one line in a file of `test/support/metric-examples`. */
const FIGURES = new Map<string, Figure>(
  [
    RETENTION_FIGURES,
    SURVEY_FIGURES,
    VALUE_FIGURES,
    LIFT_FIGURES,
    EXPERIMENT_FIGURES,
    LIFT_BESIDE_FIGURES,
    ATTRIBUTION_FIGURES,
  ].flatMap((figures) => Object.entries<Figure>(figures)),
);

/** A fenced block of the page. */
interface Example {
  figure: string;
  input: unknown;
  /** Of an object only what is named is compared. */
  output: unknown;
  /** Decimals to which numbers agree; default 4. */
  digits?: number;
}

interface Section {
  title: string;
  text: string;
  examples: Example[];
}

/** The figures of the page: its third-level headings. */
const SECTIONS: Section[] = PAGE.split(/^### /m)
  .slice(1)
  .map((part) => {
    const text = part.split(/^## /m)[0] ?? '';
    const blocks = [...text.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = '']) => JSON.parse(json) as Example);
    return { title: text.split('\n')[0] ?? '', text, examples: blocks };
  });

const EXAMPLES = SECTIONS.flatMap(({ title, examples }) =>
  examples.map((example, i): [string, Example] => [`${title} (${example.figure}, example ${i + 1})`, example]),
);

/** What of `found` differs from `wanted`, by path. */
function differences(found: unknown, wanted: unknown, digits: number, at = 'output'): string[] {
  if (typeof wanted === 'number' && typeof found === 'number') {
    return Math.abs(found - wanted) <= 0.5000001 * 10 ** -digits ? [] : [`${at} is ${found}, not ${wanted}`];
  }
  if (wanted === null || typeof wanted !== 'object') {
    return found === wanted ? [] : [`${at} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`];
  }
  if (found === null || typeof found !== 'object') return [`${at} is ${JSON.stringify(found)}`];
  if (Array.isArray(wanted) && (!Array.isArray(found) || found.length !== wanted.length)) {
    return [`${at} is ${JSON.stringify(found)}`];
  }
  const fields = found as Record<string, unknown>;
  return Object.entries(wanted).flatMap(([name, value]) => differences(fields[name], value, digits, `${at}.${name}`));
}

describe('the page of metrics', () => {
  it.each(EXAMPLES)('%s comes out', (_, { figure, input, output, digits = 4 }) => {
    const run = FIGURES.get(figure) as ((input: unknown) => unknown) | undefined;
    if (!run) throw new Error(`no figure ${figure} in test/support/metric-examples`);
    expect(differences(run(input), output, digits)).toEqual([]);
  });

  it('has an example of every figure', () => {
    const shown = new Set(EXAMPLES.map(([, { figure }]) => figure));
    expect([...FIGURES.keys()].filter((figure) => !shown.has(figure))).toEqual([]);
  });

  it.each(SECTIONS.map((section) => [section.title, section] as const))(
    '%s: formula, terms, source, code and an example',
    (_, { text, examples }) => {
      const missing = ['Formula', 'Terms', 'Source', 'Code'].filter((label) => !text.includes(`\n- **${label}.** `));
      expect(missing).toEqual([]);
      expect(examples.length).toBeGreaterThan(0);
      const [, code = ''] = /\n- \*\*Code\.\*\* (.*(?:\n {2}.*)*)/.exec(text) ?? [];
      const files = [...code.matchAll(/`(src\/[^`]+)`/g)];
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter(([, file = '']) => !existsSync(path.join(ROOT, file)))).toEqual([]);
    },
  );

  it('tells a wrong number, a missing value and a wrong length from right ones', () => {
    expect(differences({ a: 1.00004 }, { a: 1 }, 4)).toEqual([]);
    expect(differences({ a: 1.00006 }, { a: 1 }, 4)).toHaveLength(1);
    expect(differences({ a: null }, { a: 1 }, 4)).toHaveLength(1);
    expect(differences({ a: 0 }, { a: null }, 4)).toHaveLength(1);
    expect(differences([1, 2], [1], 4)).toHaveLength(1);
  });
});
