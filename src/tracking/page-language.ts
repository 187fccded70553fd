/** Languages of the public pages. */
export const PAGE_LANGUAGES = ['en', 'it'] as const;
export type PageLanguage = (typeof PAGE_LANGUAGES)[number];

/** The first of the wishes that we have a page in; each is a locale (`it-IT`) or an Accept-Language header. */
export function pageLanguage(...wishes: ReadonlyArray<string | null | undefined>): PageLanguage {
  for (const wish of wishes) {
    for (const part of (wish ?? '').split(',')) {
      const language = part.trim().slice(0, 2).toLowerCase();
      const found = PAGE_LANGUAGES.find((known) => known === language);
      if (found) return found;
    }
  }
  return 'en';
}
