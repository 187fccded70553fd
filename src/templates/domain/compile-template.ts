import type { Fault } from '../../kernel/errors';
import { compileLocale, type CompiledLocale, type LocaleSource, type TemplateKind } from './compile-locale';
import { type LayOutMjml } from './lay-out-mjml';
import { isLocale } from '../../kernel/locales';
import { TEMPLATE_LIMITS } from './template-limits';

export type TemplateResult = { ok: true; locales: Record<string, CompiledLocale> } | { ok: false; faults: Fault[] };

/**
 * Compiles all locales of a template, or says everything that is wrong with them. The default locale must be one of
 * those written, so that every fallback ends somewhere. `names` are those of the body, where some could not be read.
 */
export async function compileTemplate(
  locales: Readonly<Record<string, LocaleSource>>,
  defaultLocale: string,
  kind: TemplateKind,
  layOut: LayOutMjml,
  names: readonly string[] = Object.keys(locales),
): Promise<TemplateResult> {
  const faults = localeFaults(names, defaultLocale);
  if (faults.length > 0) return { ok: false, faults };
  const compiled: Record<string, CompiledLocale> = {};
  for (const [name, source] of Object.entries(locales)) {
    const result = await compileLocale(name, source, kind, `locales.${name}`, layOut);
    if (result.ok) compiled[name] = result.compiled;
    else faults.push(...result.faults);
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, locales: compiled };
}

function localeFaults(names: readonly string[], defaultLocale: string): Fault[] {
  const faults: Fault[] = [];
  if (names.length === 0) faults.push({ path: 'locales', message: 'At least one locale is wanted.' });
  if (names.length > TEMPLATE_LIMITS.locales) faults.push({ path: 'locales', message: 'There are too many locales.' });
  const seen = new Set<string>();
  for (const name of names) {
    const canonical = name.toLowerCase();
    if (!isLocale(name))
      faults.push({ path: `locales.${name}`, message: 'This is not a locale such as "it" or "it-IT".' });
    if (seen.has(canonical)) faults.push({ path: `locales.${name}`, message: 'This locale is given twice.' });
    seen.add(canonical);
  }
  if (names.length > 0 && !names.includes(defaultLocale)) {
    faults.push({ path: 'defaultLocale', message: 'The default locale is not among the locales.' });
  }
  return faults;
}
