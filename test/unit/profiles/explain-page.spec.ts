import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { EXIT_REASONS, REASONS } from '../../../src/kernel/reasons';

const ROOT = path.join(__dirname, '../../..');
const PAGE = readFileSync(path.join(ROOT, 'docs/explain.md'), 'utf8');

interface Documented {
  code: string;
  meaning: string;
  /** File below `src`, or `-`. */
  producer: string;
}

function tableUnder(heading: string): Documented[] {
  const section = PAGE.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return section
    .split('\n')
    .map((line) => /^\| `(\w+)` \| (.+) \| (?:`(.+)`|-) \|$/.exec(line))
    .filter((row) => row !== null)
    .map(([, code = '', meaning = '', producer = '-']) => ({ code, meaning, producer }));
}

const source = (file: string): string => readFileSync(path.join(ROOT, 'src', file), 'utf8');

/** All files below `src` but the list itself. */
function sources(): string[] {
  return readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('kernel/reasons.ts'),
  );
}

describe('the page about explain', () => {
  it.each([
    ['Reasons', REASONS],
    ['Exit reasons', EXIT_REASONS],
  ] as const)('documents every code of the list once: %s', (heading, codes) => {
    const documented = tableUnder(heading);
    expect(documented.map(({ code }) => code).sort()).toEqual([...codes].sort());
    for (const { meaning } of documented) expect(meaning.length).toBeGreaterThan(10);
  });

  it.each(['Reasons', 'Exit reasons'])('names a file that brings each forth: %s', (heading) => {
    const wrong = tableUnder(heading).filter(
      ({ code, producer }) => producer !== '-' && !source(producer).includes(`'${code}'`),
    );
    expect(wrong).toEqual([]);
  });

  it('says of none that it has no producer when it has one', () => {
    const without = tableUnder('Reasons').filter(({ producer }) => producer === '-');
    const texts = sources().map((file) => ({ file, text: source(file) }));
    const found = without.flatMap(({ code }) =>
      texts.filter(({ text }) => text.includes(`'${code}'`)).map(({ file }) => `${code} in ${file}`),
    );
    expect(found).toEqual([]);
  });
});
