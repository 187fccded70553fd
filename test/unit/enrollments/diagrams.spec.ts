import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CAMPAIGN_TRANSITIONS } from '../../../src/campaigns/domain/campaign-transitions';
import { ENROLLMENT_TRANSITIONS } from '../../../src/enrollments/domain/enrollment-transitions';

const PAGE = readFileSync(path.join(__dirname, '../../../docs/campaigns.md'), 'utf8');

/** The arrows of the diagram under a heading, as `from --> to: action`; those from the start and to the end apart. */
function diagramUnder(heading: string): { arrows: string[]; first: string[]; last: string[] } {
  const section = PAGE.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = /```mermaid\nstateDiagram-v2\n([\s\S]*?)```/.exec(section)?.[1]?.trim().split('\n') ?? [];
  const trimmed = lines.map((line) => line.trim());
  return {
    arrows: trimmed.filter((line) => !line.includes('[*]')).sort(),
    first: trimmed.filter((line) => line.startsWith('[*]')).map((line) => line.replace('[*] --> ', '')),
    last: trimmed
      .filter((line) => line.endsWith('[*]'))
      .map((line) => line.replace(' --> [*]', ''))
      .sort(),
  };
}

function arrowsOf(table: Record<string, Partial<Record<string, string>>>): string[] {
  return Object.entries(table)
    .flatMap(([from, actions]) => Object.entries(actions).map(([action, to]) => `${from} --> ${to ?? ''}: ${action}`))
    .sort();
}

const endsOf = (table: Record<string, object>): string[] =>
  Object.keys(table)
    .filter((state) => Object.keys(table[state] ?? {}).length === 0)
    .sort();

describe('the diagrams of docs/campaigns.md', () => {
  it.each([
    ['The life of a campaign', CAMPAIGN_TRANSITIONS, 'draft'],
    ['The life of an enrollment', ENROLLMENT_TRANSITIONS, 'active'],
  ])('%s is the transition table', (heading, table, first) => {
    const diagram = diagramUnder(heading);
    expect(diagram.arrows).toEqual(arrowsOf(table));
    expect(diagram.first).toEqual([first]);
    expect(diagram.last).toEqual(endsOf(table));
  });
});
