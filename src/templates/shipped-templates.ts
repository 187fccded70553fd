import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type LocaleSource, type TemplateKind, type TemplateSource } from './templates.types';

/** The mails and campaigns that come with the product: bodies for `POST /api/v1/templates` and `/api/v1/campaigns`. */
export interface ShippedContent {
  templates: TemplateSource[];
  campaigns: Array<Record<string, unknown> & { key: string }>;
}

interface MailMeta {
  name: string;
  kind: TemplateKind;
  defaultLocale: string;
  locales: Record<string, { subject: string; preheader: string }>;
}

/**
 * The folder `templates/` of the project, whether this runs from `src` or from `dist`: the nearest one above that has
 * mails in it.
 */
export function shippedFolder(): string {
  for (let folder = __dirname; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'templates');
    if (existsSync(path.join(candidate, 'mails'))) return candidate;
    if (folder === path.dirname(folder)) throw new Error('the folder templates/ is missing from the installation');
  }
}

/** Reads the shipped mails and campaigns, in the order of their keys. */
export function loadShipped(folder: string = shippedFolder()): ShippedContent {
  const mails = path.join(folder, 'mails');
  const campaigns = path.join(folder, 'campaigns');
  return {
    templates: readdirSync(mails)
      .sort()
      .map((key) => readMail(path.join(mails, key), key)),
    campaigns: readdirSync(campaigns)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => readJson(path.join(campaigns, name)) as ShippedContent['campaigns'][number]),
  };
}

function readMail(folder: string, key: string): TemplateSource {
  const { name, kind, defaultLocale, locales } = readJson(path.join(folder, 'mail.json')) as MailMeta;
  const sources = Object.entries(locales).map(([locale, { subject, preheader }]): [string, LocaleSource] => [
    locale,
    { subject, preheader, mjml: readFileSync(path.join(folder, `${locale}.mjml`), 'utf8') },
  ]);
  return { key, name, kind, defaultLocale, locales: Object.fromEntries(sources) };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
