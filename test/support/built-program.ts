import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const { compileTypeScript } = require('./programs/compile-typescript.cjs') as {
  compileTypeScript: (file: string) => string;
};
const TOP = path.join(__dirname, '../..');

/** The service, compiled into a folder of its own, to be run in processes that can be killed. */
export interface BuiltProgram {
  /** `dist/src/main.js` of it. */
  main: string;
  dispose(): void;
}

/** Compiles what stands in the work tree now: a test of processes neither needs nor disturbs `dist`. */
export function buildProgram(): BuiltProgram {
  const folder = mkdtempSync(path.join(tmpdir(), 'ritorno-built-'));
  for (const part of ['node_modules', 'templates', 'package.json'])
    symlinkSync(path.join(TOP, part), path.join(folder, part));
  for (const part of ['src', 'migrations']) {
    for (const name of readdirSync(path.join(TOP, part), { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith('.ts') && !name.endsWith('.d.ts')) compile(path.join(part, name), folder);
    }
  }
  return {
    main: path.join(folder, 'dist/src/main.js'),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function compile(file: string, folder: string): void {
  const out = path.join(folder, 'dist', file.replace(/\.ts$/, '.js'));
  mkdirSync(path.dirname(out), { recursive: true });
  writeFileSync(out, compileTypeScript(path.join(TOP, file)));
}
