import { type Fault } from '../../kernel/errors';

/** What the MJML library made of a source: HTML with its remarks, or why there is none. */
export type RawLayout = { html: string; errors: readonly MjmlRemark[] } | { failed: string } | { tooSlow: true };

interface MjmlRemark {
  line: number;
  message: string;
  tagName: string;
}

/** Lays MJML out, in bounded time. Never rejects for what is wrong with the source. */
export type LayOutMjml = (source: string) => Promise<RawLayout>;

export type Layout = { ok: true; html: string } | { ok: false; faults: Fault[] };

/**
 * Reads a layout: every remark of the MJML validator is a fault (a mail that is "mostly right" looks wrong in some mail
 * program), with its line. The library's `formattedMessage` is never shown, because it carries the working directory.
 */
export function readLayout(raw: RawLayout, path: string): Layout {
  if ('tooSlow' in raw) return { ok: false, faults: [{ path, message: 'The MJML takes too long to lay out.' }] };
  if ('failed' in raw) return { ok: false, faults: [{ path, message: reasonOf(raw.failed), line: 1 }] };
  const faults = raw.errors.filter((error) => !isMergedColour(error.message)).map((error) => faultOf(error, path));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, html: raw.html };
}

function faultOf({ line, message, tagName }: MjmlRemark, path: string): Fault {
  const text = message.trim();
  return { path, message: text.includes(tagName) ? `${text}.` : `<${tagName}>: ${text}.`, line };
}

/** A colour that is merged in is no valid colour to the validator, and fine in the mail. */
function isMergedColour(message: string): boolean {
  return /invalid value: [\s\S]*\{\{[\s\S]* for type Color/.test(message);
}

function reasonOf(text: string): string {
  return /^(Malformed MJML|Parsing failed)/.test(text)
    ? 'The MJML cannot be laid out: it wants <mjml> with an <mj-body> inside.'
    : 'The MJML cannot be laid out.';
}
