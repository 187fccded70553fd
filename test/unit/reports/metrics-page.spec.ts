import { existsSync } from 'node:fs';
import path from 'node:path';
import { ATTRIBUTION_FIGURES } from '../../support/metric-examples/attribution';
import { EXPERIMENT_FIGURES } from '../../support/metric-examples/experiments';
import { type Figure } from '../../support/metric-examples/figure';
import { LIFT_BESIDE_FIGURES } from '../../support/metric-examples/lift-beside';
import { LIFT_FIGURES } from '../../support/metric-examples/lift';
import { COUNTED_FIGURES } from '../../support/metric-examples/counted';
import { differences, EXAMPLES, ROOT, SECTIONS } from '../../support/metric-examples/page';
import { PRODUCT_FIGURES } from '../../support/metric-examples/products';
import { RETENTION_FIGURES } from '../../support/metric-examples/retention';
import { SURVEY_FIGURES } from '../../support/metric-examples/surveys';
import { VALUE_FIGURES } from '../../support/metric-examples/value';

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
    PRODUCT_FIGURES,
  ].flatMap((figures) => Object.entries<Figure>(figures)),
);

describe('the page of metrics', () => {
  it.each(EXAMPLES.filter(([, { figure }]) => !COUNTED_FIGURES.has(figure)))(
    '%s comes out',
    async (_, { figure, input, output, digits }) => {
      const run = FIGURES.get(figure) as ((input: unknown) => unknown) | undefined;
      if (!run) throw new Error(`no figure ${figure} in test/support/metric-examples`);
      expect(differences(await run(input), output, digits)).toEqual([]);
    },
  );

  it('has an example of every figure', () => {
    const shown = new Set(EXAMPLES.map(([, { figure }]) => figure));
    expect([...FIGURES.keys(), ...COUNTED_FIGURES].filter((figure) => !shown.has(figure))).toEqual([]);
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
