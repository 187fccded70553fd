import { compile } from 'html-to-text';

const HEADING = { uppercase: false };

const convert = compile({
  wordwrap: false,
  selectors: [
    { selector: 'img', format: 'skip' },
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
  return convert(html)
    .replace(/[\u200b-\u200d\u034f\ufeff]/g, '')
    .replace(/[ \t\u00a0]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
