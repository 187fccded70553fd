import { type Subscriber } from '../subscribers.service';
import { PAGE_LANGUAGES, type PageLanguage } from '../page-language';
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
        unsubscribeForm(language, 'confirm', 'yes'),
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

/** Language and unsubscribe, each a form of its own. `saved`: say that the language was. */
export function preferencesPage(language: PageLanguage, shopName: string, person: Subscriber, saved: boolean): Page {
  const texts = PAGE_TEXTS[language];
  const shop = escapeHtml(shopName);
  const title = texts.preferencesTitle;
  const intro = card(
    `<h1>${title}</h1>`,
    `<p>${person.customerId ? texts.preferencesIntro(shop) : texts.notAPerson}</p>`,
  );
  if (!person.customerId) return { status: 200, language, title, body: intro };
  const mails = person.unsubscribed
    ? `<p>${texts.already(shop)}</p>`
    : [
        `<p>${texts.unsubscribeQuestion(shop)}</p>`,
        unsubscribeForm(language, 'action', 'unsubscribe', 'second'),
        `<p class="quiet">${texts.unsubscribeNote}</p>`,
      ].join('\n');
  const body = [
    intro,
    card(
      `<h2>${texts.languageTitle}</h2>`,
      saved ? `<p class="said" role="status">${texts.languageSaved}</p>` : '',
      languageForm(language, person),
    ),
    card(`<h2>${texts.mailsTitle}</h2>`, mails),
  ].join('\n');
  return { status: 200, language, title, body };
}

function unsubscribeForm(language: PageLanguage, name: string, value: string, style = ''): string {
  return `<form method="post">
<input type="hidden" name="${name}" value="${value}">
<p><button type="submit"${style ? ` class="${style}"` : ''}>${PAGE_TEXTS[language].unsubscribeButton}</button></p>
</form>`;
}

function languageForm(language: PageLanguage, person: Subscriber): string {
  const texts = PAGE_TEXTS[language];
  const current = (person.locale ?? person.messageLocale ?? language).slice(0, 2).toLowerCase();
  const options = PAGE_LANGUAGES.map(
    (code) =>
      `<option value="${code}" lang="${code}"${code === current ? ' selected' : ''}>${PAGE_TEXTS[code].languageName}</option>`,
  );
  return `<form method="post">
<input type="hidden" name="action" value="language">
<label for="locale">${texts.languageLabel}</label>
<select id="locale" name="locale">
${options.join('\n')}
</select>
<p><button type="submit">${texts.languageButton}</button></p>
</form>`;
}
