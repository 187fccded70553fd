import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** One signed request of the reference data, good or bad. */
export interface Vector {
  scheme: string;
  name?: string;
  file?: string;
  body?: string;
  secret: string;
  now?: number;
  headers: Record<string, string>;
  expect: 'valid' | 'invalid';
}

const folder = path.resolve(process.env.RITORNO_DATA ?? path.join(__dirname, '../../../../shared/data'), 'webhooks');

/** The real payloads are no part of the project: tests that need them are skipped where the folder is missing. */
export const webhookDataMissing = !existsSync(path.join(folder, 'vectors_dev.json'));
export const SKIPPED = `skipped: no webhook payloads in ${folder} (RITORNO_DATA names the folder)`;

export function vectors(): Vector[] {
  return JSON.parse(readFileSync(path.join(folder, 'vectors_dev.json'), 'utf8')) as Vector[];
}

/** Unpacks the payloads and returns how to read one: `webhooks/shopify/orders_create__docs_2026-04.json`. */
export function unpackPayloads(): { read: (file: string) => Buffer; remove: () => void } {
  const target = mkdtempSync(path.join(tmpdir(), 'ritorno-payloads-'));
  execFileSync('tar', ['-xzf', path.join(folder, 'payloads_dev.tar.gz'), '-C', target]);
  return {
    read: (file) => readFileSync(path.join(target, file)),
    remove: () => rmSync(target, { recursive: true, force: true }),
  };
}
