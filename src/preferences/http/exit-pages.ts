import { type PageLanguage } from '../../tracking/page-language';
import { card, escapeHtml, type Page } from '../../tracking/public-page';
import { EXIT_REASONS, MOST_WORDS } from '../domain/exit-reason';
import { EXIT_TEXTS } from './exit-texts';

/**
 * The question, as a block of the page that says that they have left.
 * @param action where the answer goes
 */
export function questionCard(language: PageLanguage, action: string): string {
  return question(language, action, 'h2', '');
}

function question(language: PageLanguage, action: string, heading: 'h1' | 'h2', fault: string): string {
  const texts = EXIT_TEXTS[language];
  const reasons = EXIT_REASONS.map(
    (reason) =>
      `<label class="mark"><input type="radio" name="reason" value="${reason}"><span>${texts.reasons[reason]}</span></label>`,
  );
  return card(
    fault,
    `<form method="post" action="${escapeHtml(action)}">
<fieldset>
<legend><${heading}>${texts.question}</${heading}><span class="quiet">${texts.optional}</span></legend>
<div class="choices">
${reasons.join('\n')}
</div>
</fieldset>
<label for="words">${texts.words} <span class="quiet">(${texts.wordsOptional})</span></label>
<textarea id="words" name="words" rows="3" maxlength="${MOST_WORDS}"></textarea>
<p><button type="submit" class="second">${texts.button}</button></p>
</form>`,
  );
}

/** The question on a page of its own: it was opened again, or nothing was said. */
export function questionPage(language: PageLanguage, action: string, unsaid: boolean): Page {
  const texts = EXIT_TEXTS[language];
  const fault = unsaid ? `<p class="wrong" role="alert">${texts.nothingSaid}</p>` : '';
  const body = question(language, action, 'h1', fault);
  return { status: unsaid ? 422 : 200, language, title: texts.question, body };
}

/** After the answer; `before`: the person had answered already, and that stays. */
export function thanksPage(language: PageLanguage, shop: string, before: boolean): Page {
  const texts = EXIT_TEXTS[language];
  const text = before ? texts.before : texts.thanks(escapeHtml(shop));
  const body = card(`<h1>${texts.thanksTitle}</h1>`, `<p>${text}</p>`);
  return { status: 200, language, title: texts.thanksTitle, body };
}
