import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { shippedFolder } from './shipped-folder';
import { type TemplateInput } from './templates.service';

type Described = Omit<TemplateInput, 'key'> & { locales: Record<string, Record<string, unknown>> };

/** A template that comes with the product, as it is written in `templates/templates/<key>`. */
export function shippedTemplate(key: string): TemplateInput {
  const folder = path.join(shippedFolder(), 'templates', key);
  const described = parse(readFileSync(path.join(folder, 'template.yaml'), 'utf8')) as Described;
  const locales = readdirSync(folder)
    .filter((name) => name.endsWith('.mjml'))
    .map((name): [string, unknown] => {
      const locale = path.basename(name, '.mjml');
      return [locale, { ...described.locales[locale], mjml: readFileSync(path.join(folder, name), 'utf8') }];
    });
  return { ...described, key, locales: Object.fromEntries(locales) };
}
