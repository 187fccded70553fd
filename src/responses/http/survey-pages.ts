import { inLocale } from '../../surveys/asked-survey';
import { type PageLanguage } from '../../tracking/page-language';
import { card, escapeHtml, type Page } from '../../tracking/public-page';
import { type AnswerFault, type AnswerForm } from '../domain/read-answer';
import { surveyForm, words } from './survey-form';
import { SURVEY_TEXTS } from './survey-texts';
import { type SurveyDefinition } from '../../surveys/surveys.types';

/** What all survey pages are drawn from. */
export interface SurveyPage {
  survey: SurveyDefinition;
  language: PageLanguage;
  locale: string;
  shop: string;
  currency: string;
  isTest: boolean;
  /** Until when the answer may be changed, in words; null while there is none. */
  until: string | null;
}

/** The question with what is filled in; `faults` tell what was wrong with what was sent. Status 200, or 422 with faults. */
export function questionPage(page: SurveyPage, filled: AnswerForm, faults: readonly AnswerFault[] = []): Page {
  const { survey, language, locale, currency } = page;
  const texts = SURVEY_TEXTS[language];
  const button = page.until === null ? texts.send : texts.sendChange;
  const form = { survey, texts, language, locale, currency, filled, faults, button };
  const [first] = faults;
  const body = card(
    testNote(page),
    first ? `<p class="wrong" role="alert">${texts.wrong}</p>` : '',
    page.until !== null && !first ? `<p class="said" role="status">${texts.answeredBefore(page.until)}</p>` : '',
    surveyForm(form),
    `<p class="quiet">${texts.privacy(escapeHtml(page.shop))}</p>`,
  );
  const asked = escapeHtml(inLocale(survey.question, locale));
  return { status: first ? 422 : 200, language, title: first ? `${texts.wrong} ${asked}` : asked, body };
}

/**
 * After an answer: thanks, the follow-up question if there is one, and how to change the answer.
 * @param question what is asked on; undefined: nothing
 */
export function thanksPage(
  page: SurveyPage,
  question: string | undefined,
  filled: AnswerForm = {},
  faults: readonly AnswerFault[] = [],
): Page {
  const { language, locale, until } = page;
  const texts = SURVEY_TEXTS[language];
  const thanks = card(
    testNote(page),
    `<h1>${texts.thanksTitle}</h1>`,
    `<p>${texts.thanks(escapeHtml(page.shop))}</p>`,
    until === null ? '' : `<p class="quiet">${texts.changeable(until)} <a href="?mine=1">${texts.change}</a></p>`,
  );
  const on = question === undefined ? '' : followUp({ texts, filled, faults }, locale, question);
  return { status: faults.length > 0 ? 422 : 200, language, title: texts.thanksTitle, body: [thanks, on].join('\n') };
}

/** After the follow-up question. */
export function wordsThanksPage(page: SurveyPage): Page {
  const { language, until } = page;
  const texts = SURVEY_TEXTS[language];
  const body = card(
    testNote(page),
    `<h1>${texts.thanksTitle}</h1>`,
    `<p>${texts.wordsThanks}</p>`,
    until === null ? '' : `<p class="quiet">${texts.changeable(until)} <a href="?mine=1">${texts.change}</a></p>`,
  );
  return { status: 200, language, title: texts.thanksTitle, body };
}

/** It was answered, and the day for changing it is over. 200 for who looks, 409 for who sends. */
export function answeredPage(language: PageLanguage, status: 200 | 409): Page {
  const texts = SURVEY_TEXTS[language];
  const body = card(`<h1>${texts.answeredTitle}</h1>`, `<p>${texts.answered}</p>`);
  return { status, language, title: texts.answeredTitle, body };
}

/** The link has expired. */
export function closedPage(language: PageLanguage, shop: string): Page {
  const texts = SURVEY_TEXTS[language];
  const body = card(`<h1>${texts.closedTitle}</h1>`, `<p>${texts.closed(escapeHtml(shop))}</p>`);
  return { status: 404, language, title: texts.closedTitle, body };
}

function followUp(
  form: Pick<Parameters<typeof words>[0], 'texts' | 'filled' | 'faults'>,
  locale: string,
  question: string,
): string {
  const { texts, faults } = form;
  const asked = `<span lang="${escapeHtml(locale)}">${escapeHtml(question)}</span>`;
  return card(
    `<p class="quiet">${texts.oneMore}</p>`,
    faults.length > 0 ? `<p class="wrong" role="alert">${texts.wrong}</p>` : '',
    `<form method="post">
<input type="hidden" name="part" value="follow-up">
${words(form, 'followUpAnswer', asked)}
<p><button type="submit">${texts.sendWords}</button></p>
</form>`,
  );
}

function testNote({ isTest, language }: SurveyPage): string {
  return isTest ? `<p class="said">${SURVEY_TEXTS[language].test}</p>` : '';
}
