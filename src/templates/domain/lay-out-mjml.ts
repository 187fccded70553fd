import type { Fault } from '../../kernel/errors';

export type Layout = { ok: true; html: string } | { ok: false; faults: Fault[] };

/**
 * Lays MJML out as responsive HTML, merge tags kept. Everything that the MJML validator says is a fault (a mail that is
 * "mostly right" looks wrong in some mail program), with the line; its `formattedMessage` is never shown, because it
 * carries the working directory. No fonts are linked: a font from a third party tells it who opens the mail.
 *
 * Loaded on first use, since only the saving of templates needs MJML and it takes long to load.
 */
export async function layOutMjml(source: string, path: string): Promise<Layout> {
  const { default: mjml2html } = await import('mjml');
  try {
    const { html, errors } = await mjml2html(source, {
      ignoreIncludes: true,
      validationLevel: 'soft',
      keepComments: true,
      minify: false,
      fonts: {},
    });
    const faults = errors.filter((error) => !isMergedColour(error.message)).map((error) => faultOf(error, path));
    return faults.length > 0 ? { ok: false, faults } : { ok: true, html };
  } catch (error) {
    return { ok: false, faults: [{ path, message: reasonOf(error), line: 1 }] };
  }
}

interface MjmlError {
  line: number;
  message: string;
  tagName: string;
}

function faultOf({ line, message, tagName }: MjmlError, path: string): Fault {
  const text = message.trim();
  return { path, message: text.includes(tagName) ? `${text}.` : `<${tagName}>: ${text}.`, line };
}

/** A colour that is merged in is no valid colour to the validator, and fine in the mail. */
function isMergedColour(message: string): boolean {
  return /invalid value: [\s\S]*\{\{[\s\S]* for type Color/.test(message);
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  return /^(Malformed MJML|Parsing failed)/.test(text)
    ? 'The MJML cannot be laid out: it wants <mjml> with an <mj-body> inside.'
    : 'The MJML cannot be laid out.';
}
