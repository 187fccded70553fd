import { type BlueprintPlan, type PlanItem } from '../../../src/blueprints/blueprint.types';
import { coloured, plain } from '../../../src/cli/domain/paint';
import { showFaults } from '../../../src/cli/domain/show-faults';
import { showPlan } from '../../../src/cli/domain/show-plan';
import { showTextChange } from '../../../src/cli/domain/show-text-change';

const item = (more: Partial<PlanItem> & Pick<PlanItem, 'kind' | 'key' | 'action'>): PlanItem => ({
  changes: [],
  warnings: [],
  ...more,
});
const planOf = (items: PlanItem[]): BlueprintPlan => {
  const summary = { create: 0, update: 0, unchanged: 0, missing: 0, delete: 0, archive: 0 };
  for (const { action } of items) summary[action]++;
  const { create, update, archive } = summary;
  return { applied: false, changes: create + update + archive + summary.delete > 0, summary, items, basis: {} };
};

describe('a plan as a person reads it', () => {
  it('tells each thing that changes, its fields, and whom it concerns', () => {
    const text = showPlan(
      planOf([
        item({ kind: 'segment', key: 'vip', action: 'create', people: { matched: 1204, mailable: 1 } }),
        item({
          kind: 'segment',
          key: 'big',
          action: 'update',
          version: { before: 1, after: 2 },
          usedBy: ['campaign win-back', 'segment other'],
          people: { matched: 10, mailable: 4, matchedBefore: 12 },
          changes: [{ path: 'name', kind: 'changed', before: 'A', after: 'B' }],
        }),
        item({
          kind: 'template',
          key: 'hello',
          action: 'update',
          version: { before: 3, after: 4 },
          usedBy: ['campaign win-back'],
          people: { inFlight: [{ campaign: 'win-back', version: 1, customers: 57 }] },
          changes: [{ path: 'locales.it.mjml', kind: 'changed', before: 'a\nb\nc\n', after: 'a\nB\nc\n' }],
        }),
        item({ kind: 'campaign', key: 'draft', action: 'create', version: { before: null, after: 1 } }),
        item({
          kind: 'campaign',
          key: 'win-back',
          action: 'update',
          version: { before: 1, after: 2 },
          epoch: { before: 1, after: 2 },
          status: { before: 'paused', after: 'active' },
          people: { matched: 1, mailable: 0, inFlight: [{ campaign: 'win-back', version: 1, customers: 57 }] },
          changes: [
            { path: 'steps[1]', kind: 'added', after: { kind: 'wait', for: 'P2D' } },
            { path: 'utm', kind: 'removed', before: true },
          ],
          warnings: [{ path: 'steps[0].template', message: 'uses coupon.code' }],
        }),
        item({
          kind: 'campaign',
          key: 'old',
          action: 'archive',
          status: { before: 'active', after: 'archived' },
          people: { inFlight: [{ campaign: 'old', version: 2, customers: 1 }] },
        }),
        item({ kind: 'campaign', key: 'same', action: 'unchanged' }),
        item({ kind: 'segment', key: 'left', action: 'missing' }),
        item({ kind: 'template', key: 'kept', action: 'missing', kept: 'because' }),
      ]),
      plain,
    );
    expect(text).toBe(`+ segment vip
    members: 1,204 customers, 1 of them mailable

~ segment big  version 1 -> 2; named by campaign win-back, segment other
    members: 12 -> 10 customers, 4 of them mailable
    ~ name: "A" -> "B"

~ template hello  version 3 -> 4; named by campaign win-back
    57 in flight in win-back get this version in their next mails
    ~ locales.it.mjml:
           2 - b
           2 + B

+ campaign draft  is made as a draft

~ campaign win-back  paused -> active; version 1 -> 2; a new epoch, 2: the holdout changes
    audience: 1 customer, 0 of them mailable
    57 customers in flight stay on version 1
    + steps[1]: {"kind":"wait","for":"P2D"}
    - utm: true
    ! steps[0].template: uses coupon.code

- campaign old  active -> archived
    1 customer in flight ends with it

  segment left is not in the files and stays
  template kept is not in the files and is kept: because

2 new, 3 changed, 1 archived, 1 unchanged, 2 not in the files.
`);
  });

  it('says so when nothing changes', () => {
    expect(showPlan(planOf([item({ kind: 'campaign', key: 'same', action: 'unchanged' })]), plain)).toBe(
      'No changes: 1 unchanged.\n',
    );
    expect(showPlan(planOf([]), plain)).toBe('No changes: nothing in the files.\n');
  });

  it('cuts long values and long texts, and lets no text of others steer the terminal', () => {
    const long = 'x'.repeat(1000);
    const changes = [{ path: 'name', kind: 'changed' as const, before: long, after: '\u001b[2J' }];
    const text = showPlan(planOf([item({ kind: 'segment', key: 'a', action: 'update', changes })]), plain);
    expect(text.length).toBeLessThan(400);
    expect(text).not.toContain('\u001b');
    const many = Array.from({ length: 100 }, (_, n) => `line ${n}`).join('\n');
    const shown = showTextChange(many, many.replaceAll('line', 'row'), plain);
    expect(shown).toHaveLength(61);
    expect(shown.at(-1)).toBe('... and 140 more lines that change');
    expect(showTextChange('a\n', 'a\u001b[31m\n', plain).join()).not.toContain('\u001b');
    expect(showTextChange('a\n', 'b\n', coloured).join()).toContain('\u001b[31m');
  });

  it('finds the line that changed in a long text', () => {
    const lines = Array.from({ length: 5000 }, (_, n) => `line ${n}`);
    const changed = lines.with(3000, 'other');
    expect(showTextChange(lines.join('\n'), changed.join('\n'), plain)).toEqual(['3001 - line 3000', '3001 + other']);
  });
});

describe('faults', () => {
  it('stand where an editor finds them', () => {
    const faults = [
      {
        file: 'campaigns/a.yaml',
        line: 9,
        column: 5,
        path: 'campaigns[0].steps[0].for',
        message: 'must be a duration',
      },
      { file: 'templates/hi/it.mjml', line: 3, path: 'templates[0].locales.it.mjml', message: 'is broken' },
      { file: 'segments/a.yml', message: 'is not named <key>.yaml' },
    ];
    expect(showFaults('shop/', faults)).toBe(`shop/campaigns/a.yaml:9:5  must be a duration  (campaigns[0].steps[0].for)
shop/templates/hi/it.mjml:3  is broken  (templates[0].locales.it.mjml)
shop/segments/a.yml  is not named <key>.yaml

3 faults; nothing was changed.
`);
  });
});
