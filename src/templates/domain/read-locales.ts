import { type Fault } from '../../kernel/errors';
import { type LocaleSource } from './compile-locale';

const FIELDS = { subject: true, mjml: true, preheader: false, text: false } as const;
type Field = keyof typeof FIELDS;

/** Reads the `locales` of a template body: objects of texts, nothing unknown. What is at fault is left out. */
export function readLocales(body: Readonly<Record<string, unknown>>): {
  locales: Record<string, LocaleSource>;
  faults: Fault[];
} {
  const faults: Fault[] = [];
  const locales = new Map<string, LocaleSource>();
  for (const [name, value] of Object.entries(body)) {
    const path = `locales.${name}`;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      faults.push({ path, message: 'must be an object with subject and mjml' });
      continue;
    }
    const own = localeFaults(value as Record<string, unknown>, path);
    faults.push(...own);
    if (own.length === 0) locales.set(name, pick(value as LocaleSource));
  }
  return { locales: Object.fromEntries(locales), faults };
}

function localeFaults(value: Record<string, unknown>, path: string): Fault[] {
  const unknown = Object.keys(value)
    .filter((field) => !Object.hasOwn(FIELDS, field))
    .map((field) => ({ path: `${path}.${field}`, message: 'is not a known field' }));
  const wrong = (Object.keys(FIELDS) as Field[])
    .filter((field) => {
      const given = value[field];
      return typeof given !== 'string' && (FIELDS[field] || (given !== undefined && given !== null));
    })
    .map((field) => ({ path: `${path}.${field}`, message: 'must be a text' }));
  return [...unknown, ...wrong];
}

function pick({ subject, preheader, mjml, text }: LocaleSource): LocaleSource {
  return { subject, ...(preheader == null ? {} : { preheader }), mjml, ...(text == null ? {} : { text }) };
}
