import { createHash } from 'node:crypto';

/** A line of the audit log in the form that is hashed: every value as the text that Postgres writes for it. */
export interface ChainedLine {
  id: string;
  /** UTC with microseconds: `2026-03-02T08:00:00.000000Z`. */
  at: string;
  actor: string;
  action: string;
  resource: string;
  before: string | null;
  after: string | null;
}

/** What the first line of a chain carries for the hash of the one before. */
export const GENESIS = '0'.repeat(64);

/**
 * The hash of a line (64 hex digits): SHA-256 over the UTF-8 of a JSON array without blanks, of nothing but text and null:
 * hash of the line before, position in decimal digits, id, instant, actor, action, resource, before, after. Anybody can
 * compute it again from a dump (`docs/audit-log.md`).
 */
export function auditHash(previous: string, position: number, line: ChainedLine): string {
  const { id, at, actor, action, resource, before, after } = line;
  const form = JSON.stringify([previous, String(position), id, at, actor, action, resource, before, after]);
  return createHash('sha256').update(form, 'utf8').digest('hex');
}
