/**
 * Bounds of what a template may cost. A template is untrusted input: parsing, layout and rendering are all linear in
 * these numbers, so that no saved template can hold a process for long or fill its memory.
 */
export const TEMPLATE_LIMITS = {
  /** Characters of one locale's MJML source. Gmail clips at 100 kB of HTML; MJML grows about threefold. */
  mjmlChars: 200_000,
  subjectChars: 500,
  preheaderChars: 500,
  textChars: 100_000,
  locales: 50,
  /** MJML elements of one locale, and how deep they may nest. */
  elements: 1_000,
  elementDepth: 30,
  /** Tags of the HTML that the layout makes; a long newsletter has two thousand. */
  htmlTags: 10_000,
  /** Handlebars statements of one part, and how deep blocks and subexpressions may nest. */
  statements: 2_000,
  blockDepth: 20,
  /** One rendering: turns of all `each` together, characters that they may produce, characters of one part. */
  iterations: 10_000,
  iterationChars: 2_000_000,
  outputChars: 2_000_000,
  /** Longest single text handed to a template. */
  valueChars: 10_000,
} as const;
