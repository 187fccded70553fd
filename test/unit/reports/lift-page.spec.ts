import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Figure } from '../../support/metric-examples/figure';
import { LIFT_FIGURES } from '../../support/metric-examples/lift';
import { LIFT_BESIDE_FIGURES } from '../../support/metric-examples/lift-beside';

const PAGE = readFileSync(path.join(__dirname, '../../../docs/lift.md'), 'utf8');
const FIGURES = new Map(Object.entries<Figure>({ ...LIFT_FIGURES, ...LIFT_BESIDE_FIGURES }));

interface Example {
  figure: string;
  input: unknown;
  output: unknown;
}
const EXAMPLES = [...PAGE.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = '']) => JSON.parse(json) as Example);

/** Numbers to four decimals, all else as it is; only what is wanted is looked at. */
function agrees(found: unknown, wanted: unknown): boolean {
  if (typeof wanted === 'number') return typeof found === 'number' && Math.abs(found - wanted) <= 0.00005;
  if (wanted === null || typeof wanted !== 'object') return found === wanted;
  return Object.entries(wanted).every(([name, value]) => agrees((found as Record<string, unknown>)[name], value));
}

describe('the page for marketers', () => {
  it.each(EXAMPLES.map((example) => [example.figure, example] as const))('%s comes out', (name, { input, output }) => {
    const run = FIGURES.get(name) as ((input: unknown) => unknown) | undefined;
    const found = run?.(input);
    expect({ found, agrees: agrees(found, output) }).toMatchObject({ agrees: true });
  });

  it('works one example through, and says its numbers in words', () => {
    expect(EXAMPLES.map(({ figure }) => figure)).toEqual([
      'newcombe',
      'alwaysValid',
      'priceOfKnowing',
      'phantomCredit',
    ]);
    // 1.1 to 4.6 points, 0.3 to 5.7, 1.20 a head for 9,000.
    for (const words of [
      '1.1 to 4.6 points',
      '0.3 to 5.7 points',
      '10,800 from all 9,000',
      '2.10 per head, against 3.56',
    ])
      expect(PAGE.replace(/\n/g, ' ')).toContain(words);
  });
});
