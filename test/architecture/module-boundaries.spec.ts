import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const top = path.join(__dirname, '../..');
const depcruise = path.join(top, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const { FOUNDATION, CHAIN, EDGES } = require('../../scripts/module-order.cjs') as Record<string, string[]>;

interface Report {
  summary: { totalCruised: number; violations: Array<{ rule: { name: string }; from: string; to: string }> };
}

describe('module boundaries', () => {
  it('hold in the source, of which the check has seen every file', () => {
    const args = [depcruise, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'migrations'];
    const said = spawnSync(process.execPath, args, { cwd: top, maxBuffer: 1 << 28 });
    const report = JSON.parse(said.stdout.toString()) as Report;
    expect(report.summary.violations.map((v) => `${v.rule.name}: ${v.from} -> ${v.to}`)).toEqual([]);
    const files = [...typescriptFiles('src'), ...typescriptFiles('migrations')];
    expect(files.length).toBeGreaterThan(50);
    expect(report.summary.totalCruised).toBeGreaterThanOrEqual(files.length);
  });

  it('list every folder of src', () => {
    const known = [...FOUNDATION!, ...CHAIN!, ...EDGES!];
    const folders = readdirSync(path.join(top, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) expect(known).toContain(name);
  });

  describe('catch a planted violation', () => {
    let planted: string;
    beforeAll(() => {
      planted = mkdtempSync(path.join(tmpdir(), 'ritorno-planted-'));
      for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json', 'scripts/module-order.cjs'])
        cpSync(path.join(top, file), path.join(planted, file), { recursive: true });
      symlinkSync(path.join(top, 'node_modules'), path.join(planted, 'node_modules'));
    });
    afterAll(() => rmSync(planted, { recursive: true, force: true }));

    const violations = (files: Record<string, string>): string[] => {
      for (const left of ['src', 'migrations']) rmSync(path.join(planted, left), { recursive: true, force: true });
      for (const [file, text] of Object.entries({ 'src/kernel/ids.ts': 'export type Id = string;\n', ...files })) {
        mkdirSync(path.dirname(path.join(planted, file)), { recursive: true });
        writeFileSync(path.join(planted, file), text);
      }
      const seen = readdirSync(planted).filter((name) => name === 'src' || name === 'migrations');
      const args = [depcruise, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...seen];
      const report = JSON.parse(
        spawnSync(process.execPath, args, { cwd: planted, maxBuffer: 1 << 26 }).stdout.toString(),
      ) as Report;
      expect(report.summary.totalCruised).toBeGreaterThan(0);
      return [...new Set(report.summary.violations.map((violation) => violation.rule.name))].sort();
    };

    it('none where there is none', () => {
      expect(
        violations({
          'src/orders/orders.service.ts': "import type { Id } from '../kernel/ids';\nexport const order: Id = 'o';\n",
          'src/campaigns/domain/plan.ts':
            "import { order } from '../../orders/orders.types';\nexport const plan = order;\n",
          'src/orders/orders.types.ts': "export const order = 'o';\n",
        }),
      ).toEqual([]);
    });

    it('a cycle of mere type imports', () => {
      expect(
        violations({
          'src/orders/a.ts': "import type { B } from './b';\nexport interface A { b?: B }\n",
          'src/orders/b.ts': "import type { A } from './a';\nexport interface B { a?: A }\n",
        }),
      ).toEqual(['no-cycles']);
    });

    it('an import of what lies downstream, of an edge, of the chain by the foundation', () => {
      expect(
        violations({
          'src/customers/customers.service.ts': "import { x } from '../orders/orders.service';\nexport const y = x;\n",
          'src/orders/orders.service.ts': 'export const x = 1;\n',
        }),
      ).toEqual(['upstream-only-customers']);
      expect(
        violations({
          'src/inbox/inbox.service.ts': 'export const x = 1;\n',
          'src/reports/reports.service.ts': "import { x } from '../inbox/inbox.service';\nexport const y = x;\n",
          'src/demo/demo.ts': "import { x } from '../inbox/inbox.service';\nexport const y = x;\n",
        }),
      ).toEqual(['upstream-only-demo', 'upstream-only-reports']);
      expect(
        violations({
          'src/platform/http/page.ts': "import { x } from '../../access/access.service';\nexport const y = x;\n",
          'src/access/access.service.ts': 'export const x = 1;\n',
        }),
      ).toEqual(['upstream-only-platform']);
    });

    it("a reach inside another module's folders", () => {
      expect(
        violations({
          'src/orders/domain/money.ts': 'export const x = 1;\n',
          'src/campaigns/campaigns.service.ts': "import { x } from '../orders/domain/money';\nexport const y = x;\n",
        }),
      ).toEqual(['no-reaching-inside']);
    });

    it('a domain that does I/O or knows a service', () => {
      expect(
        violations({
          'src/orders/domain/a.ts': "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
        }),
      ).toEqual(['pure-domain-packages']);
      expect(
        violations({
          'src/orders/domain/a.ts': "import { Injectable } from '@nestjs/common';\nexport const x = Injectable;\n",
          'src/orders/domain/b.ts': "import type { DataSource } from 'typeorm';\nexport type X = DataSource;\n",
          'src/orders/domain/c.ts': "import type { Pool } from 'pg';\nexport type X = Pool;\n",
        }),
      ).toEqual(['pure-domain-packages']);
      expect(
        violations({
          'src/orders/orders.service.ts': 'export const x = 1;\n',
          'src/orders/domain/a.ts': "import { x } from '../orders.service';\nexport const y = x;\n",
        }),
      ).toEqual(['pure-domain-files']);
      const platform = { 'src/platform/http/page.ts': 'export const limit = 50;\nexport type Page = string;\n' };
      const named = "import { type Page } from '../../platform/http/page';\nexport type X = Page;\n";
      const called = "import { limit } from '../../platform/http/page';\nexport const x = limit;\n";
      expect(violations({ ...platform, 'src/orders/domain/a.ts': named })).toEqual([]);
      expect(violations({ ...platform, 'src/orders/domain/a.ts': called })).toEqual(['pure-domain-platform']);
    });

    it('a folder that is in no list, and a migration that leans on the source', () => {
      expect(
        violations({ 'src/utils/a.ts': "import type { Id } from '../kernel/ids';\nexport const x: Id = '';\n" }),
      ).toEqual(['known-modules']);
      const migration = "import { x } from '../src/kernel/ids';\nexport const y = x;\n";
      expect(violations({ 'migrations/1764000000000-make-x.ts': migration })).toEqual(['migrations-alone']);
    });
  });
});

describe('the lint rules of the house', () => {
  const lint = (file: string, text: string): string[] => {
    const args = [
      path.join(top, 'node_modules/eslint/bin/eslint.js'),
      '--stdin',
      '--stdin-filename',
      file,
      '-f',
      'json',
    ];
    const said = spawnSync(process.execPath, args, { cwd: top, input: text });
    const [result] = JSON.parse(said.stdout.toString()) as Array<{
      messages: Array<{ ruleId: string; message: string }>;
    }>;
    return result!.messages.map((message) => `${message.ruleId}: ${message.message}`);
  };
  // A file that the TypeScript project knows, so that the typed rules run on what is planted in its place.
  const pure = 'src/kernel/hash.ts';

  it('let no clock, chance or environment into a pure file', () => {
    const found = lint(
      pure,
      'export const a = new Date();\nexport const b = Date.now();\nexport const c = Math.random();\nexport const d = process.env.HOME;\n',
    );
    expect(found).toHaveLength(4);
    for (const message of found) expect(message).toContain('no-restricted-syntax');
  });

  it('refuse any, floating promises, forgotten cases and forwardRef', () => {
    const found = lint(
      pure,
      `export const a = (x: any) => x as string;
       export const b = () => { Promise.resolve(1); };
       export const c = (k: 'x' | 'y') => { switch (k) { case 'x': return 1; } return 2; };
       declare function forwardRef(f: () => unknown): unknown;
       export const d = forwardRef(() => 1);\n`,
    ).map((message) => message.split(':')[0]);
    expect(found).toEqual(
      expect.arrayContaining([
        '@typescript-eslint/no-explicit-any',
        '@typescript-eslint/no-floating-promises',
        '@typescript-eslint/switch-exhaustiveness-check',
        'no-restricted-syntax',
      ]),
    );
  });
});

function typescriptFiles(folder: string): string[] {
  return execFileSync('find', [folder, '-name', '*.ts'], { cwd: top }).toString().trim().split('\n');
}
