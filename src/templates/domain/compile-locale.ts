import type { Fault } from '../../kernel/errors';
import { checkHandlebars, type HandlebarsCheck } from './check-handlebars';
import { checkMjml } from './check-mjml';
import { type LayOutMjml, readLayout } from './lay-out-mjml';
import { plainTextOf } from './plain-text';
import { TEMPLATE_LIMITS } from './template-limits';

/** One locale of a template as it is written. `text` is the text part; without it, it is made from the HTML. */
export interface LocaleSource {
  subject: string;
  preheader?: string | null;
  mjml: string;
  text?: string | null;
}

/** One locale as it is stored for rendering: Handlebars sources that were checked whole. */
export interface CompiledLocale {
  subject: string;
  html: string;
  text: string;
  /** Full names of all variables that any part reads, sorted. */
  variables: string[];
  /** What an author should know although it is allowed. */
  warnings: string[];
}

export type LocaleResult = { ok: true; compiled: CompiledLocale } | { ok: false; faults: Fault[] };

/** Whether mails of the template must offer the way out; transactional ones need not. */
export type TemplateKind = 'marketing' | 'transactional';

/**
 * Compiles one locale: checks every part, lays the MJML out, puts title, language and preheader into the HTML and makes
 * the text part. Faults name `path` (`locales.it`) and the part, with line and column in the author's own source.
 */
export async function compileLocale(
  locale: string,
  source: LocaleSource,
  kind: TemplateKind,
  path: string,
  layOut: LayOutMjml,
): Promise<LocaleResult> {
  const oversized = sizeFaults(source, path);
  if (oversized.length > 0) return { ok: false, faults: oversized };
  const parts = checkParts(source, path);
  const structure = checkMjml(source.mjml, `${path}.mjml`);
  const faults = [...structure, ...parts.flatMap((part) => part.faults)];
  const layout = structure.length === 0 ? readLayout(await layOut(source.mjml), `${path}.mjml`) : undefined;
  if (layout && !layout.ok) faults.push(...layout.faults);
  if (faults.length > 0 || !layout?.ok) return { ok: false, faults };

  if ((layout.html.match(/<[a-z]/gi)?.length ?? 0) > TEMPLATE_LIMITS.htmlTags) {
    return { ok: false, faults: [{ path: `${path}.mjml`, message: 'The template has too many HTML tags.' }] };
  }
  const body = unindent(layout.html);
  const html = dress(body, locale, source);
  const text = source.text ?? plainTextOf(body);
  const ofHtml = checkHandlebars(html, `${path}.mjml`);
  const ofText = checkHandlebars(text, source.text == null ? `${path}.mjml` : `${path}.text`);
  const late = [...laidOut(ofHtml), ...laidOut(ofText), ...unsubscribeFaults(ofHtml, kind, path)];
  if (html.length > TEMPLATE_LIMITS.outputChars) late.push({ path: `${path}.mjml`, message: 'The HTML is too large.' });
  if (late.length > 0) return { ok: false, faults: late };
  const variables = new Set([...parts, ofHtml, ofText].flatMap((part) => part.variables));
  return {
    ok: true,
    compiled: {
      subject: source.subject.trim(),
      html,
      text,
      variables: [...variables].sort(),
      warnings: kind === 'marketing' ? unsubscribeWarnings(ofHtml, ofText) : [],
    },
  };
}

function checkParts(source: LocaleSource, path: string): HandlebarsCheck[] {
  const parts = [
    checkHandlebars(source.subject, `${path}.subject`),
    checkHandlebars(source.mjml, `${path}.mjml`),
    checkHandlebars(source.preheader ?? '', `${path}.preheader`),
    checkHandlebars(source.text ?? '', `${path}.text`),
  ];
  return parts;
}

/** Length and characters: a line break in a subject would end the header; NUL and half characters cannot be stored. */
function sizeFaults(source: LocaleSource, path: string): Fault[] {
  const faults: Fault[] = [];
  const part = (name: keyof LocaleSource, limit: number): void => {
    const text = source[name];
    if (text == null) return;
    const at = `${path}.${name}`;
    if (text.length > limit) faults.push({ path: at, message: `This is longer than ${limit} characters.` });
    if (/\0|[\ud800-\udfff]/u.test(text))
      faults.push({ path: at, message: 'This holds characters that are not allowed.' });
  };
  part('subject', TEMPLATE_LIMITS.subjectChars);
  part('preheader', TEMPLATE_LIMITS.preheaderChars);
  part('mjml', TEMPLATE_LIMITS.mjmlChars);
  part('text', TEMPLATE_LIMITS.textChars);
  if (source.subject.trim() === '') faults.push({ path: `${path}.subject`, message: 'A subject is wanted.' });
  for (const name of ['subject', 'preheader'] as const) {
    if (/[\r\n]/.test(source[name] ?? '')) faults.push({ path: `${path}.${name}`, message: 'This must be one line.' });
  }
  return faults;
}

/** Faults that only the laid-out HTML or its text shows (MJML moved a tag); lines there would mean nothing to an author. */
function laidOut(check: HandlebarsCheck): Fault[] {
  return check.faults.map(({ path, message }) => ({ path, message: `After the layout: ${message}` }));
}

function unsubscribeFaults(html: HandlebarsCheck, kind: TemplateKind, path: string): Fault[] {
  if (kind === 'transactional' || html.faults.length > 0 || html.written.has('links.unsubscribe')) return [];
  const message = 'A marketing template must show the unsubscribe link: <a href="{{links.unsubscribe}}">.';
  return [{ path: `${path}.mjml`, message }];
}

function unsubscribeWarnings(html: HandlebarsCheck, text: HandlebarsCheck): string[] {
  const warnings: string[] = [];
  if (!html.always.has('links.unsubscribe')) {
    warnings.push('links.unsubscribe stands inside of a block only: see that no mail goes out without it.');
  }
  if (!text.written.has('links.unsubscribe')) warnings.push('The text part has no unsubscribe link.');
  return warnings;
}

/** MJML indents its output; a fifth of the mail would be spaces. Preformatted text keeps them. */
function unindent(html: string): string {
  return /<pre\b/i.test(html) ? html : html.replace(/\n[ \t]+/g, '\n').replace(/\n{2,}/g, '\n');
}

/** Invisible characters after the preheader keep mail programs from showing the body's first words behind it. */
const PREHEADER_PADDING = '&#847;&zwnj;&nbsp;'.repeat(40);
/** In the colour of the text: words in that of the ground are what filters look for. */
const HIDDEN =
  'display:none;mso-hide:all;font-size:1px;line-height:1px;max-height:0px;max-width:0px;opacity:0;overflow:hidden;';

function dress(html: string, locale: string, source: LocaleSource): string {
  let dressed = html
    .replace(/lang="und"/g, () => `lang="${locale}"`)
    .replace('<title></title>', () => `<title>${escapeLiteral(source.subject.trim())}</title>`);
  const preheader = source.preheader?.trim();
  if (preheader) {
    const line = `<div style="${HIDDEN}">${escapeLiteral(preheader)}${PREHEADER_PADDING}</div>`;
    dressed = dressed.replace(/<body[^>]*>/, (body) => body + line);
  }
  return dressed;
}

/** Escapes what stands between merge tags for HTML; the tags escape themselves. */
function escapeLiteral(template: string): string {
  return template
    .split(/(\{\{[\s\S]*?\}\})/)
    .map((piece, i) => (i % 2 ? piece : piece.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')))
    .join('');
}
