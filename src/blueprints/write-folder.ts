import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Blueprint, type BlueprintKind } from './blueprint.types';
import { printFiles } from './domain/print-files';
import { contentFiles } from './read-folder';

/** A name of a file that cannot lead out of the folder, whoever made it up. */
const SAFE = /^[A-Za-z0-9-]+$/;

export interface WrittenFolder {
  /** Files that are new or say something else now; relative to the folder, with slashes. */
  written: string[];
  /** Files of content that the shop does not have. */
  left: string[];
}

/**
 * Writes the content of a shop into a folder, which is made where it is missing. What `same` says already stands there
 * stays as it was written, comments and all.
 */
export function writeFolder(
  folder: string,
  blueprint: Blueprint,
  same: (kind: BlueprintKind, key: string) => boolean,
): WrittenFolder {
  const files = printFiles(blueprint);
  const written: string[] = [];
  for (const [file, text] of files) {
    const [list = '', name = '', part = ''] = file.split('/');
    const [key, inner] = [name.replace(/\.yaml$/, ''), part.replace(/\.(mjml|txt|yaml)$/, '')];
    if (!SAFE.test(key) || (part !== '' && !SAFE.test(inner))) throw new Error(`${file} is no name of a file`);
    const at = path.join(folder, file);
    if (same(list.slice(0, -1) as BlueprintKind, key) || textAt(at) === text) continue;
    mkdirSync(path.dirname(at), { recursive: true });
    writeFileSync(at, text);
    written.push(file);
  }
  // Empty folders, so that a shop without content is a folder of content all the same.
  for (const list of ['surveys', 'segments', 'templates', 'campaigns'])
    mkdirSync(path.join(folder, list), { recursive: true });
  return { written, left: contentFiles(folder).filter((file) => !files.has(file) && !file.endsWith('.md')) };
}

/** Takes files of content away, and the folders of templates that are empty then. */
export function removeFiles(folder: string, files: readonly string[]): void {
  for (const file of files) rmSync(path.join(folder, file));
  const templates = new Set(files.filter((file) => file.startsWith('templates/')).map((file) => path.dirname(file)));
  for (const below of templates) {
    if (contentFiles(folder, below).length === 0) rmSync(path.join(folder, below), { recursive: true });
  }
}

function textAt(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
