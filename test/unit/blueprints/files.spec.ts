import fc from 'fast-check';
import { type Blueprint } from '../../../src/blueprints/blueprint.types';
import { parseFiles } from '../../../src/blueprints/domain/parse-files';
import { printFiles } from '../../../src/blueprints/domain/print-files';
import { readYaml } from '../../../src/blueprints/domain/yaml-source';

const files = (entries: Record<string, string>): Map<string, string> => new Map(Object.entries(entries));
const template = { 'templates/hi/template.yaml': 'name: Hi\ndefaultLocale: it\nlocales:\n  it:\n    subject: Ciao\n' };

describe('files of a shop', () => {
  it('are read with the name of the file as key', () => {
    const { blueprint, faults } = parseFiles(
      files({
        'surveys/nps.yaml': 'kind: nps\nquestion: { it: Quanto? }\n',
        'segments/vip.yaml': 'name: VIP\ncondition: { field: tags, op: contains, value: vip }\n',
        'campaigns/welcome.yaml': 'key: welcome\nname: Welcome\ntrigger:\n  on: order\nsteps: []\n',
        ...template,
        'templates/hi/it.mjml': '<mjml></mjml>',
        'templates/hi/it.txt': 'Ciao',
        'images/logo.svg': '<svg/>',
        'campaigns/README.md': '# Notes',
      }),
    );
    expect(faults).toEqual([]);
    expect(blueprint).toEqual({
      surveys: [{ key: 'nps', kind: 'nps', question: { it: 'Quanto?' } }],
      segments: [{ key: 'vip', name: 'VIP', condition: { field: 'tags', op: 'contains', value: 'vip' } }],
      campaigns: [{ key: 'welcome', name: 'Welcome', trigger: { on: 'order' }, steps: [] }],
      templates: [
        {
          key: 'hi',
          name: 'Hi',
          defaultLocale: 'it',
          locales: { it: { subject: 'Ciao', mjml: '<mjml></mjml>', text: 'Ciao' } },
        },
      ],
    });
  });

  it('keep times, dates and words of one letter as texts', () => {
    const yaml = 'at: 09:00\nfrom: 2026-12-01T09:00:00\nno: no\nnone: ~\nday: 2026-12-01\n';
    expect(readYaml(yaml).value).toEqual({
      at: '09:00',
      from: '2026-12-01T09:00:00',
      no: 'no',
      none: null,
      day: '2026-12-01',
    });
  });

  it.each([
    ['broken YAML', { 'segments/a.yaml': 'name: A\ncondition: [1, 2\n' }, 'segments/a.yaml', 3],
    ['a field given twice', { 'segments/a.yaml': 'name: A\nname: B\n' }, 'segments/a.yaml', 2],
    ['two documents', { 'segments/a.yaml': 'name: A\n---\nname: B\n' }, 'segments/a.yaml', 2],
    ['a tag', { 'segments/a.yaml': 'name: !!js/function x\n' }, 'segments/a.yaml', 1],
    ['a number that loses digits', { 'segments/a.yaml': 'name: A\nvalue: 9007199254740993\n' }, 'segments/a.yaml', 2],
    ['no number', { 'segments/a.yaml': 'value: .nan\n' }, 'segments/a.yaml', 1],
    ['a list', { 'segments/a.yaml': '- a\n' }, 'segments/a.yaml', 1],
    ['another key than the name', { 'campaigns/a.yaml': 'name: A\nkey: b\n' }, 'campaigns/a.yaml', 2],
    ['a name that is no key', { 'campaigns/Été.yaml': 'name: A\n' }, 'campaigns/Été.yaml', undefined],
    ['another ending', { 'campaigns/a.yml': 'name: A\n' }, 'campaigns/a.yml', undefined],
    ['a folder inside', { 'campaigns/old/a.yaml': 'name: A\n' }, 'campaigns/old/a.yaml', undefined],
    ['a survey in a folder of its own', { 'surveys/a/nps.yaml': 'kind: nps\n' }, 'surveys/a/nps.yaml', undefined],
    ['no template.yaml', { 'templates/hi/it.mjml': '<mjml/>' }, 'templates/hi/it.mjml', undefined],
    ['a locale without its mail', template, 'templates/hi/template.yaml', 4],
    [
      'a mail without its locale',
      { ...template, 'templates/hi/it.mjml': '', 'templates/hi/en.mjml': '' },
      'templates/hi/en.mjml',
      undefined,
    ],
    [
      'a mail inside the YAML',
      { 'templates/hi/template.yaml': 'locales:\n  it: { subject: A, mjml: x }\n', 'templates/hi/it.mjml': '' },
      'templates/hi/template.yaml',
      2,
    ],
    [
      'a stray file',
      { ...template, 'templates/hi/it.mjml': '', 'templates/hi/logo.png': '' },
      'templates/hi/logo.png',
      undefined,
    ],
    ['a bomb of aliases', { 'segments/a.yaml': bomb() }, 'segments/a.yaml', 1],
  ])('are refused: %s', (_name, entries, file, line) => {
    const { faults } = parseFiles(files(entries));
    expect(faults.length).toBeGreaterThan(0);
    expect(faults[0]).toMatchObject({ file, ...(line === undefined ? {} : { line }) });
    if (line === undefined) expect(faults[0]).not.toHaveProperty('line');
  });

  describe('lead a fault of the API back to its line', () => {
    const parsed = parseFiles(
      files({
        'campaigns/a.yaml': 'name: A\nsteps: []\n',
        'campaigns/b.yaml': [
          'name: B',
          'audience:',
          '  all:',
          '    - field: stage',
          '      op: eq',
          '    - { event: page.viewed, where: { a.b: 1 } }',
          'steps:',
          '  - kind: wait',
          '    for: 3 days',
          '  - kind: email',
        ].join('\n'),
        ...template,
        'templates/hi/it.mjml': '<mjml></mjml>',
      }),
    );
    it.each([
      ['campaigns[1].name', 1, 1],
      ['campaigns[1].steps[0].for', 9, 5],
      ['campaigns[1].steps[1].key', 10, 5],
      ['campaigns[1].audience.all[0].value', 4, 7],
      ['campaigns[1].audience.all[1].where.a.b', 6, 38],
      ['campaigns[1].trigger', 1, 1],
    ])('%s', (path, line, column) => {
      expect(parsed.locate({ path, message: 'm' })).toEqual({
        file: 'campaigns/b.yaml',
        line,
        column,
        path,
        message: 'm',
      });
    });

    it('of a mail', () => {
      const fault = { path: 'templates[0].locales.it.mjml', message: 'm', line: 12, column: 3 };
      expect(parsed.locate(fault)).toEqual({ file: 'templates/hi/it.mjml', ...fault });
      const subject = { path: 'templates[0].locales.it.subject', message: 'm', line: 1, column: 7 };
      expect(parsed.locate(subject)).toMatchObject({ file: 'templates/hi/template.yaml', line: 5, column: 5 });
    });

    it('of what somebody else changed since the plan', () => {
      const moved = { path: 'basis.campaign:a', message: 'm' };
      expect(parsed.locate(moved)).toEqual({ file: 'campaigns/a.yaml', ...moved });
      const template = { path: 'basis.template:hi', message: 'm' };
      expect(parsed.locate(template)).toEqual({ file: 'templates/hi/template.yaml', ...template });
      expect(parsed.locate({ path: 'basis.segment:gone', message: 'm' })).toMatchObject({ file: '' });
    });

    it('or say that it is of no file', () => {
      expect(parsed.locate({ path: 'prune', message: 'm' })).toEqual({ file: '', path: 'prune', message: 'm' });
    });
  });

  it('come back as they were written, whatever the texts', () => {
    const key = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,20}$/);
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }).map((s) => s.replaceAll('\0', '')),
      fc.constantFrom(
        'no',
        '~',
        '1.0',
        '0x1f',
        '09:00',
        '2026-01-01',
        '',
        ' ',
        '- a',
        '#',
        'a: b',
        '\r\n',
        '\n\n a\n',
        '{{#if a}}',
      ),
    );
    const value = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.boolean(),
        fc.constant(null),
        fc.integer(),
        fc
          .double({ noNaN: true, noDefaultInfinity: true })
          .filter((n) => !Number.isInteger(n) || Number.isSafeInteger(n)),
        fc.array(tie('json'), { maxLength: 4 }),
        fc.dictionary(text, tie('json'), { maxKeys: 4 }),
      ),
    })).json;
    const locale = fc.record(
      { subject: text, preheader: text, mjml: text, text },
      { requiredKeys: ['subject', 'mjml'] },
    );
    const unique = { selector: (one: { key: string }) => one.key, maxLength: 3 };
    const blueprint = fc.record({
      surveys: fc.uniqueArray(fc.record({ key, question: value }), unique),
      segments: fc.uniqueArray(
        fc.record({ key, name: text, condition: fc.dictionary(text, value, { maxKeys: 3 }) }),
        unique,
      ),
      campaigns: fc.uniqueArray(fc.record({ key, name: text, steps: fc.array(value, { maxLength: 3 }) }), unique),
      templates: fc.uniqueArray(
        fc.record({
          key,
          name: text,
          kind: fc.constant('marketing' as const),
          defaultLocale: fc.constant('it'),
          locales: fc.dictionary(fc.constantFrom('it', 'en', 'pt-BR'), locale, { minKeys: 1 }),
        }),
        unique,
      ),
    });
    fc.assert(
      fc.property(blueprint, (generated) => {
        const shop = JSON.parse(JSON.stringify(generated)) as Blueprint;
        const { blueprint: read, faults } = parseFiles(printFiles(shop));
        expect(faults).toEqual([]);
        const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
        for (const list of ['surveys', 'segments', 'templates', 'campaigns'] as const) {
          expect([...read[list]].sort(byKey)).toEqual([...shop[list]].sort(byKey));
        }
      }),
      { numRuns: 300 },
    );
  });
});

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 9; n++)
    lines.push(
      `a${n}: &a${n} [${Array(10)
        .fill(`*a${n - 1}`)
        .join(', ')}]`,
    );
  return lines.join('\n');
}
