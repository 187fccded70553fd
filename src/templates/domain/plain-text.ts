import { compile } from 'html-to-text';
import { tidyText } from './tidy-text';

const HEADING = { uppercase: false };

const convert = compile({
  wordwrap: false,
  // Deeper nesting is no mail, and would exhaust the stack.
  limits: { maxDepth: 200 },
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: '[aria-hidden="true"]', format: 'skip' },
    // The preview line is for the list of mails; it repeats the preheader.
    { selector: 'div[style^="display:none"]', format: 'skip' },
    { selector: 'a', options: { linkBrackets: ['<', '>'], hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: HEADING })),
    { selector: 'table', format: 'block' },
    { selector: 'ul', options: { itemPrefix: '- ' } },
    { selector: 'hr', options: { length: 40 } },
  ],
});

/**
 * The text part of an HTML template, merge tags kept: headings are not upper-cased and lines not wrapped, since either
 * would break a tag. Blocks that stand alone keep a line of their own, which Handlebars then takes away.
 */
export function plainTextOf(html: string): string {
  const text = convert(html.replace(LINKED_PICTURE, ''))
    .replace(/[\u200b-\u200d\u034f\ufeff]/g, '')
    .replace(BLOCK_TAGS_AT_LINE_START, (run) => (run.match(/\{\{[^{}]*\}\}/g) ?? []).join(''));
  return tidyText(text);
}

/** A link around a picture alone would be a bare address in the text, and has a twin in words. */
const LINKED_PICTURE = /<a\b[^<>]*>\s*<img\b[^<>]*>\s*<\/a>/gi;

/** Spaces between and after them come from the indentation of the HTML. */
const BLOCK_TAGS_AT_LINE_START = /^(?:[ \t]*\{\{[#/][^{}]*\}\})+[ \t]*/gm;
