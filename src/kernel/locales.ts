/**
 * The one of several locales that fits `wanted` best: the very one, else the language with fewer parts (it-IT, then it),
 * else `fallback`. Case and the underscore form do not matter.
 */
export function pickLocale(available: readonly string[], wanted: string | null | undefined, fallback: string): string {
  const byName = new Map(available.map((name) => [canonical(name), name]));
  const parts = canonical(wanted ?? '').split('-');
  for (let n = parts.length; n > 0; n--) {
    const found = byName.get(parts.slice(0, n).join('-'));
    if (found !== undefined) return found;
  }
  return fallback;
}

function canonical(locale: string): string {
  return locale.trim().replace(/_/g, '-').toLowerCase();
}

/** Whether `text` is a well-formed BCP 47 tag of a length that we keep. */
export function isLocale(text: string): boolean {
  if (text.length > 35) return false;
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

/**
 * The locale in which numbers and dates of a mail are written: the customer's own where it is of the template's language
 * (it-CH for Italian text), else the template's.
 */
export function formatLocale(template: string, customer: string | null | undefined): string {
  if (!customer) return template;
  const own = customer.trim().replace(/_/g, '-');
  const language = (locale: string): string => canonical(locale).split('-')[0] ?? '';
  return language(own) === language(template) && isLocale(own) ? own : template;
}
