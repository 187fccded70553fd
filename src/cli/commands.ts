import { existsSync } from 'node:fs';
import { type BlueprintPlan, type BlueprintKind } from '../blueprints/blueprint.types';
import { type FileFault, type ParsedFiles, readFolder } from '../blueprints/read-folder';
import { removeFiles, writeFolder } from '../blueprints/write-folder';
import { type Api, ApiRefusal } from './api';
import { type Paint } from './domain/paint';
import { showFaults } from './domain/show-faults';
import { showPlan, summaryOf } from './domain/show-plan';
import { type Options } from './options';

/** What a command needs of its surroundings. */
export interface Surroundings {
  api: Api;
  paint: Paint;
  /** To standard output. */
  say(text: string): void;
  /** Undefined where nobody can be asked. */
  ask: ((question: string) => Promise<string>) | undefined;
}

/** The files are at fault, or something stops the command; told on standard error, ends with 1. */
export class Stopped extends Error {
  constructor(
    message: string,
    readonly faults: readonly FileFault[] = [],
  ) {
    super(message);
  }
}

/** Runs a command and answers its exit code. @throws Stopped, ApiRefusal, NotReached */
export async function runCommand(options: Options, around: Surroundings): Promise<number> {
  switch (options.command) {
    case 'plan':
      return plan(options, around);
    case 'apply':
      return apply(options, around);
    case 'export':
      return exportFiles(options, around);
    default:
      return options.command satisfies never;
  }
}

async function plan(options: Options, around: Surroundings): Promise<number> {
  const answer = await planOf(options, read(options), around);
  around.say(options.json ? json(answer) : showPlan(answer, around.paint));
  return options.exitCode && answer.changes ? 2 : 0;
}

async function apply(options: Options, around: Surroundings): Promise<number> {
  const files = read(options);
  const planned = await planOf(options, files, around);
  if (!options.json) around.say(showPlan(planned, around.paint));
  if (planned.changes && !options.yes && !(await confirmed(around, options.url))) {
    around.say('Nothing was changed.\n');
    return 1;
  }
  const { prune } = options;
  const done = planned.changes
    ? await located(options, files, () => around.api.apply(files.blueprint, prune, planned.basis))
    : planned;
  if (options.json) around.say(json(done));
  else if (planned.changes) around.say(`Applied: ${summaryOf(done)}\n`);
  return 0;
}

async function confirmed({ ask }: Surroundings, url: string): Promise<boolean> {
  if (!ask) throw new Stopped('nobody is there to be asked: say --yes to apply all the same');
  return (await ask(`\nApply this to ${url}? Only yes is taken: `)).trim() === 'yes';
}

/** Writes the shop's content. Files that already say what the shop says stay as they are, comments and all. */
async function exportFiles(options: Options, around: Surroundings): Promise<number> {
  const { folder } = options;
  const content = await around.api.export();
  const { written, left } = writeFolder(folder, content, await sameAlready(options, around));
  if (options.prune) removeFiles(folder, left);
  if (options.json) {
    around.say(json({ written, ...(options.prune ? { removed: left } : { left }) }));
    return 0;
  }
  const { surveys, segments, templates, campaigns } = content;
  const asked = surveys.length === 0 ? '' : `${surveys.length} surveys, `;
  const counts = `${asked}${segments.length} segments, ${templates.length} templates, ${campaigns.length} campaigns`;
  around.say(`${counts}; ${written.length === 1 ? '1 file' : `${written.length} files`} written to ${folder}.\n`);
  const told = options.prune ? 'removed' : 'is not in the shop and stays (--prune removes it)';
  for (const file of left) around.say(`  ${file} ${told}\n`);
  return 0;
}

async function sameAlready(
  options: Options,
  { api }: Surroundings,
): Promise<(kind: BlueprintKind, key: string) => boolean> {
  const none = (): boolean => false;
  if (!existsSync(options.folder)) return none;
  let files: ParsedFiles;
  try {
    files = readFolder(options.folder);
  } catch {
    return none;
  }
  if (files.faults.length > 0) return none;
  try {
    const { items } = await api.plan(files.blueprint, false);
    const same = new Set(items.filter(({ action }) => action === 'unchanged').map(({ kind, key }) => `${kind} ${key}`));
    return (kind, key) => same.has(`${kind} ${key}`);
  } catch (error) {
    // A key that may only read, or files that are at fault: then all is written.
    if (error instanceof ApiRefusal) return none;
    throw error;
  }
}

function read({ folder }: Options): ParsedFiles {
  let files: ParsedFiles;
  try {
    files = readFolder(folder);
  } catch (error) {
    throw new Stopped(
      error instanceof Error && 'code' in error ? `${folder} cannot be read` : (error as Error).message,
    );
  }
  if (files.faults.length > 0) throw new Stopped(showFaults(folder, files.faults), files.faults);
  return files;
}

function planOf(options: Options, files: ParsedFiles, { api }: Surroundings): Promise<BlueprintPlan> {
  return located(options, files, () => api.plan(files.blueprint, options.prune));
}

/** Leads the faults of a refusal back to the files that they stand in. */
async function located<T>({ folder }: Options, files: ParsedFiles, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.faults.length === 0) throw error;
    const faults = error.faults.map((fault) => files.locate(fault));
    const intro = error.status === 422 ? '' : `${error.message}\n`;
    throw new Stopped(`${intro}${showFaults(folder, faults)}`, faults);
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
