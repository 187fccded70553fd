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

/** What the check of `npm run boundaries` says of a tree. */
function cruise(folder: string): Report {
  const args = [depcruise, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'migrations'];
  return JSON.parse(spawnSync(process.execPath, args, { cwd: folder, maxBuffer: 1 << 28 }).stdout.toString()) as Report;
}

/** A tree of these files and no other of ours, with these of our settings. */
function plant(files: Readonly<Record<string, string>>, settings: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ritorno-planted-'));
  for (const file of ['tsconfig.json', 'package.json', ...settings])
    cpSync(path.join(top, file), path.join(folder, file), { recursive: true });
  symlinkSync(path.join(top, 'node_modules'), path.join(folder, 'node_modules'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

describe('module boundaries', () => {
  it('hold in the source, of which the check has seen every file', () => {
    const report = cruise(top);
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

  // All that is planted stands in one tree and is cruised once; each rule must name its own file and no other.
  describe('catch a planted violation', () => {
    const planted: Record<string, string> = {
      'src/kernel/ids.ts': 'export type Id = string;\nexport const none = 0;\n',
      // None where there is none.
      'src/orders/orders.types.ts': "import type { Id } from '../kernel/ids';\nexport const order: Id = 'o';\n",
      'src/campaigns/domain/plan.ts':
        "import { order } from '../../orders/orders.types';\nexport const plan = order;\n",
      'src/platform/http/page.ts': 'export const limit = 50;\nexport type Page = string;\n',
      'src/orders/domain/named.ts': "import { type Page } from '../../platform/http/page';\nexport type X = Page;\n",
      // A cycle of mere type imports.
      'src/orders/a.ts': "import type { B } from './b';\nexport interface A { b?: B }\n",
      'src/orders/b.ts': "import type { A } from './a';\nexport interface B { a?: A }\n",
      // What lies downstream, an edge, the chain by the foundation.
      'src/customers/down.ts': "import { order } from '../orders/orders.types';\nexport const y = order;\n",
      'src/inbox/inbox.service.ts': 'export const x = 1;\n',
      'src/reports/edge.ts': "import { x } from '../inbox/inbox.service';\nexport const y = x;\n",
      'src/demo/edge.ts': "import { x } from '../inbox/inbox.service';\nexport const y = x;\n",
      'src/access/access.service.ts': 'export const x = 1;\n',
      'src/platform/http/chain.ts': "import { x } from '../../access/access.service';\nexport const y = x;\n",
      // A reach inside another module's folders.
      'src/campaigns/reach.ts': "import { X } from '../orders/domain/named';\nexport type Y = X;\n",
      // A domain that does I/O or knows a service, a package of it, a value of the platform.
      'src/catalog/domain/reads.ts': "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
      'src/catalog/domain/nest.ts': "import { Injectable } from '@nestjs/common';\nexport const x = Injectable;\n",
      'src/catalog/domain/orm.ts': "import type { DataSource } from 'typeorm';\nexport type X = DataSource;\n",
      'src/catalog/domain/pg.ts': "import type { Pool } from 'pg';\nexport type X = Pool;\n",
      'src/catalog/catalog.service.ts': 'export const x = 1;\n',
      'src/catalog/domain/service.ts': "import { x } from '../catalog.service';\nexport const y = x;\n",
      'src/catalog/domain/called.ts': "import { limit } from '../../platform/http/page';\nexport const x = limit;\n",
      // A folder that is in no list, and a migration that leans on the source.
      'src/utils/a.ts': "import type { Id } from '../kernel/ids';\nexport const x: Id = '';\n",
      'migrations/1764000000000-make-x.ts': "import { none } from '../src/kernel/ids';\nexport const y = none;\n",
    };
    let found: Record<string, string[]>;
    beforeAll(() => {
      const folder = plant(planted, ['.dependency-cruiser.cjs', 'scripts/module-order.cjs']);
      found = {};
      for (const { rule, from } of cruise(folder).summary.violations)
        found[from] = [...new Set([...(found[from] ?? []), rule.name])].sort();
      rmSync(folder, { recursive: true, force: true });
    });

    it.each([
      ['a cycle of mere type imports', 'src/orders/a.ts', 'no-cycles'],
      ['an import of what lies downstream', 'src/customers/down.ts', 'upstream-only-customers'],
      ['an import of an edge', 'src/reports/edge.ts', 'upstream-only-reports'],
      ['an import of an edge by another', 'src/demo/edge.ts', 'upstream-only-demo'],
      ['an import of the chain by the foundation', 'src/platform/http/chain.ts', 'upstream-only-platform'],
      ["a reach inside another module's folders", 'src/campaigns/reach.ts', 'no-reaching-inside'],
      ['a domain that does I/O', 'src/catalog/domain/reads.ts', 'pure-domain-packages'],
      ['a domain that knows the framework', 'src/catalog/domain/nest.ts', 'pure-domain-packages'],
      ['a domain that knows the ORM', 'src/catalog/domain/orm.ts', 'pure-domain-packages'],
      ['a domain that knows the driver', 'src/catalog/domain/pg.ts', 'pure-domain-packages'],
      ['a domain that knows a service', 'src/catalog/domain/service.ts', 'pure-domain-files'],
      ['a domain that calls the platform', 'src/catalog/domain/called.ts', 'pure-domain-platform'],
      ['a folder that is in no list', 'src/utils/a.ts', 'known-modules'],
      ['a migration that leans on the source', 'migrations/1764000000000-make-x.ts', 'migrations-alone'],
    ])('%s', (_, file, rule) => {
      expect(found[file]).toEqual([rule]);
    });

    it('and nothing where there is none', () => {
      for (const file of ['src/orders/orders.types.ts', 'src/campaigns/domain/plan.ts', 'src/orders/domain/named.ts'])
        expect(found[file]).toBeUndefined();
    });
  });
});

describe('the lint rules of the house', () => {
  // Planted in the place of a pure file, in a tree of its own with the same rules: a TypeScript project of one file, for
  // the typed rules run too.
  const planted = `export const a = new Date();
export const b = Date.now();
export const c = Math.random();
export const d = process.env.HOME;
export const e = (x: any) => x as string;
export const f = () => { Promise.resolve(1); };
export const g = (k: 'x' | 'y') => { switch (k) { case 'x': return 1; } return 2; };
declare function forwardRef(f: () => unknown): unknown;
export const h = forwardRef(() => 1);
`;
  let found: Map<number, string[]>;
  beforeAll(() => {
    const folder = plant({ 'src/kernel/hash.ts': planted }, ['eslint.config.mjs']);
    const eslint = path.join(top, 'node_modules/eslint/bin/eslint.js');
    const said = spawnSync(process.execPath, [eslint, '-f', 'json', 'src/kernel/hash.ts'], { cwd: folder });
    rmSync(folder, { recursive: true, force: true });
    const [result] = JSON.parse(said.stdout.toString()) as Array<{
      messages: Array<{ ruleId: string; line: number }>;
    }>;
    found = new Map();
    for (const { ruleId, line } of result!.messages) found.set(line, [...(found.get(line) ?? []), ruleId]);
  });

  it.each([
    ['a clock', 1, 'no-restricted-syntax'],
    ['another clock', 2, 'no-restricted-syntax'],
    ['chance', 3, 'no-restricted-syntax'],
    ['the environment', 4, 'no-restricted-syntax'],
    ['any', 5, '@typescript-eslint/no-explicit-any'],
    ['a floating promise', 6, '@typescript-eslint/no-floating-promises'],
    ['a forgotten case', 7, '@typescript-eslint/switch-exhaustiveness-check'],
    ['forwardRef', 9, 'no-restricted-syntax'],
  ])('refuse %s in a pure file', (_, line, rule) => {
    expect(found.get(line)).toContain(rule);
  });
});

function typescriptFiles(folder: string): string[] {
  return execFileSync('find', [folder, '-name', '*.ts'], { cwd: top }).toString().trim().split('\n');
}
