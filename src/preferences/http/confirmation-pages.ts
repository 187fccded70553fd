import { type PageLanguage } from '../../tracking/page-language';
import { card, escapeHtml, type Page } from '../../tracking/public-page';
import { CONFIRMATION_TEXTS } from './confirmation-texts';

/** The question; opening it confirms nothing. */
export function confirmPage(language: PageLanguage, shopName: string): Page {
  const texts = CONFIRMATION_TEXTS[language];
  const body = card(
    `<h1>${texts.title}</h1>`,
    `<p>${texts.question(escapeHtml(shopName))}</p>`,
    `<form method="post">
<input type="hidden" name="confirm" value="yes">
<p><button type="submit">${texts.button}</button></p>
</form>`,
    `<p class="quiet">${texts.note}</p>`,
  );
  return { status: 200, language, title: texts.title, body };
}

export function confirmedPage(language: PageLanguage, shopName: string): Page {
  const texts = CONFIRMATION_TEXTS[language];
  const body = card(`<h1>${texts.confirmedTitle}</h1>`, `<p>${texts.confirmed(escapeHtml(shopName))}</p>`);
  return { status: 200, language, title: texts.confirmedTitle, body };
}
