import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type FileFault, parseFiles, type ParsedFiles } from './domain/parse-files';

export { type FileFault, type ParsedFiles } from './domain/parse-files';

/** The folders of a shop's content; whatever else stands beside them is left alone. */
const CONTENT_FOLDERS = ['surveys', 'segments', 'templates', 'campaigns'] as const;

/** No file of a shop is larger, and all together are no larger than what the API takes. */
const LARGEST_FILE = 1024 * 1024;
const LARGEST_FOLDER = 16 * 1024 * 1024;
const DEPTH = 3;

/**
 * Reads a folder as the content of a shop. Hidden files are left alone.
 *
 * @throws Error when there is no such folder, or none of {@link CONTENT_FOLDERS} in it.
 */
export function readFolder(folder: string): ParsedFiles {
  const present = new Set(readdirSync(folder));
  if (!CONTENT_FOLDERS.some((name) => present.has(name))) {
    throw new Error(`${folder} has none of the folders ${CONTENT_FOLDERS.join(', ')}`);
  }
  const files = new Map<string, string>();
  const faults: FileFault[] = [];
  let size = 0;
  for (const file of contentFiles(folder)) {
    const bytes = readFileSync(path.join(folder, file));
    size += bytes.length;
    const text = bytes.length > LARGEST_FILE ? undefined : textOf(bytes);
    if (text !== undefined) files.set(file, text);
    else if (bytes.length > LARGEST_FILE) faults.push({ file, message: 'is larger than 1 MiB' });
    else if (!file.endsWith('.md')) faults.push({ file, message: 'is not a text in UTF-8' });
  }
  if (size > LARGEST_FOLDER) throw new Error(`the files of ${folder} are larger than 16 MiB together`);
  const parsed = parseFiles(files);
  return { ...parsed, faults: [...faults, ...parsed.faults] };
}

/** The files of content in a folder (or in one of its folders), relative to it, with slashes. */
export function contentFiles(folder: string, below?: string): string[] {
  if (below !== undefined) return filesBelow(folder, below, DEPTH - 1);
  const present = new Set(readdirSync(folder));
  return CONTENT_FOLDERS.flatMap((name) => (present.has(name) ? filesBelow(folder, name, DEPTH) : []));
}

function filesBelow(folder: string, below: string, depth: number): string[] {
  const at = path.join(folder, below);
  if (!statSync(at).isDirectory()) return [below];
  if (depth === 0) return [];
  return readdirSync(at)
    .filter((name) => !name.startsWith('.'))
    .sort()
    .flatMap((name) => filesBelow(folder, `${below}/${name}`, depth - 1));
}

function textOf(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
