import { stringify } from 'yaml';
import { type Blueprint } from '../blueprint.types';

/**
 * Fields in the order in which they read best; what is not named here comes after, in the order of the alphabet. The
 * store keeps no order of its own.
 */
const READING_ORDER = [
  ...['name', 'status', 'purpose', 'basis', 'on', 'kind', 'key', 'defaultLocale'],
  ...['trigger', 'audience', 'entry', 'goal', 'exitWhen', 'holdout', 'holdoutGroup', 'measure', 'priority'],
  ...[
    'window',
    'metric',
    'sendWindow',
    'days',
    'from',
    'to',
    'maxLateness',
    'topic',
    'sender',
    'utm',
    'steps',
    'condition',
    'locales',
  ],
  ...['all', 'any', 'not', 'field', 'op', 'value', 'bought', 'product', 'category', 'survey', 'score', 'message'],
  ...[
    'event',
    'segment',
    'where',
    'campaign',
    'step',
    'template',
    'recommend',
    'strategy',
    'limit',
    'fallback',
    'coupon',
  ],
  ...['for', 'until', 'cron', 'within', 'at', 'timezone', 'atLeast', 'if', 'then', 'else', 'weight', 'arms'],
  ...['subject', 'preheader', 'question', 'questions', 'scale', 'choices', 'followUp', 'label'],
];
const RANK = new Map(READING_ORDER.map((field, index) => [field, index]));

/** Wide enough that a sentence stays on its line: a change of a word should be a change of one line. */
const YAML = { lineWidth: 0, version: '1.2', schema: 'core', aliasDuplicateObjects: false } as const;

/** The files of a blueprint, by their paths below the folder; what {@link parseFiles} reads back as the same. */
export function printFiles({ surveys, segments, templates, campaigns }: Blueprint): Map<string, string> {
  const files = new Map<string, string>();
  for (const { key, ...survey } of surveys) files.set(`surveys/${key}.yaml`, print(survey));
  for (const { key, ...segment } of segments) files.set(`segments/${key}.yaml`, print(segment));
  for (const { key, ...campaign } of campaigns) files.set(`campaigns/${key}.yaml`, print(campaign));
  for (const { key, locales, ...template } of templates) {
    const shown = Object.entries(locales).map(([locale, { mjml, text, ...rest }]) => {
      files.set(`templates/${key}/${locale}.mjml`, mjml);
      if (text != null) files.set(`templates/${key}/${locale}.txt`, text);
      return [locale, rest] as const;
    });
    files.set(`templates/${key}/template.yaml`, print({ ...template, locales: Object.fromEntries(shown) }));
  }
  return files;
}

function print(value: unknown): string {
  return stringify(inReadingOrder(value), YAML);
}

function inReadingOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inReadingOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value) as Array<[string, unknown]>;
  entries.sort(([a], [b]) => (RANK.get(a) ?? RANK.size) - (RANK.get(b) ?? RANK.size) || (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([field, inner]) => [field, inReadingOrder(inner)]));
}
