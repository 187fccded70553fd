import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Dataset, DATASETS } from '../../../src/reports/domain/datasets';

/** The columns that docs/analytics.md lists, by view. */
function described(): Record<string, string[]> {
  const page = readFileSync(path.join(__dirname, '../../../docs/analytics.md'), 'utf8');
  const views = page.split(/^### /m).slice(1);
  return Object.fromEntries(
    views.map((text) => [
      text.slice(0, text.indexOf('\n')),
      [...text.matchAll(/^\| `(\w+)` +\| (\w+) +\| \S.*\|$/gm)].map(([, name, type]) => `${name}:${type}`),
    ]),
  );
}

describe('docs/analytics.md', () => {
  it('describes every column of every view, and no other', () => {
    expect(described()).toEqual(
      Object.fromEntries(
        Object.values<Dataset>(DATASETS).map(({ view, columns }) => [
          view,
          columns.map(({ name, type }) => `${name}:${type}`),
        ]),
      ),
    );
  });

  it('marks the column that from and to are about', () => {
    const page = readFileSync(path.join(__dirname, '../../../docs/analytics.md'), 'utf8');
    const times = Object.values<Dataset>(DATASETS).flatMap(({ time }) => (time === undefined ? [] : [time]));
    expect([...page.matchAll(/^\| `(\w+)` .*\(\*time\*\)/gm)].map(([, name]) => name)).toEqual(times);
  });
});
