import { type PageLanguage } from '../page-language';
import { card, escapeHtml, type Page } from '../public-page';
import { PAGE_TEXTS } from './page-texts';

/** 404 for what is no link of ours, 503 while the record is out of reach. */
export function problemPage(problem: 'unknown' | 'unavailable', language: PageLanguage): Page {
  const texts = PAGE_TEXTS[language];
  const [status, title, text] =
    problem === 'unknown' ? [404, texts.unknownTitle, texts.unknown] : [503, texts.unavailableTitle, texts.unavailable];
  return { status, language, title, body: card(`<h1>${title}</h1>`, `<p>${text}</p>`) };
}

/** The page behind the link in a mail: a question and a button. Opening it changes nothing. */
export function unsubscribePage(language: PageLanguage, shopName: string, unsubscribed: boolean): Page {
  const texts = PAGE_TEXTS[language];
  const shop = escapeHtml(shopName);
  const body = unsubscribed
    ? card(`<h1>${texts.unsubscribedTitle}</h1>`, `<p>${texts.already(shop)}</p>`)
    : card(
        `<h1>${texts.unsubscribeTitle}</h1>`,
        `<p>${texts.unsubscribeQuestion(shop)}</p>`,
        unsubscribeForm(language),
        `<p class="quiet">${texts.unsubscribeNote}</p>`,
      );
  return { status: 200, language, title: texts.unsubscribeTitle, body };
}

/** After it was done; `soon`: it is safe, and done as soon as the database is back. */
export function unsubscribedPage(language: PageLanguage, shopName: string, soon: boolean): Page {
  const texts = PAGE_TEXTS[language];
  const text = soon ? texts.unsubscribedSoon : texts.unsubscribed(escapeHtml(shopName));
  const body = card(`<h1>${texts.unsubscribedTitle}</h1>`, `<p>${text}</p>`);
  return { status: 200, language, title: texts.unsubscribedTitle, body };
}

function unsubscribeForm(language: PageLanguage): string {
  return `<form method="post">
<input type="hidden" name="confirm" value="yes">
<p><button type="submit">${PAGE_TEXTS[language].unsubscribeButton}</button></p>
</form>`;
}
