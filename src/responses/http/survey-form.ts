import { inLocale, offered } from '../../surveys/asked-survey';
import { LOYALTY_ITEMS, type SurveyDefinition } from '../../surveys/surveys.types';
import { type PageLanguage } from '../../tracking/page-language';
import { escapeHtml } from '../../tracking/public-page';
import { type AnswerFault, type AnswerField, type AnswerForm, LONGEST_COMMENT } from '../domain/read-answer';
import { type SurveyTexts } from './survey-texts';

/** What the form of a survey is drawn from. */
export interface DrawnForm {
  survey: SurveyDefinition;
  texts: SurveyTexts;
  language: PageLanguage;
  /** Of the question; the language of the page may be another. */
  locale: string;
  currency: string;
  /** What is filled in: from the link, from the answer that stands, or from what was just posted. */
  filled: AnswerForm;
  faults: readonly AnswerFault[];
  button: string;
}

/** Question, marks, comment and button: plain HTML that a keyboard and a screen reader find their way through. */
export function surveyForm(form: DrawnForm): string {
  const { texts } = form;
  return `<form method="post" novalidate>
<input type="hidden" name="part" value="answer">
${given(form)}
${words(form, 'comment', `${escapeHtml(texts.comment)} <span class="quiet">(${texts.optional})</span>`)}
<p><button type="submit">${form.button}</button></p>
</form>`;
}

/** A text area with its label, which may hold markup, and its fault. */
export function words(
  { texts, filled, faults }: Pick<DrawnForm, 'texts' | 'filled' | 'faults'>,
  field: 'comment' | 'followUpAnswer',
  label: string,
): string {
  const value = filled[field];
  // The first line break of a text area is swallowed by the browser.
  const text = typeof value === 'string' ? `\n${escapeHtml(value.slice(0, LONGEST_COMMENT))}` : '';
  const fault = faultOf(faults, field);
  const says = fault ? notice(field, texts.tooLong(LONGEST_COMMENT)) : '';
  return `<label for="${field}">${label}</label>
${says}
<textarea id="${field}" name="${field}" rows="4" maxlength="${LONGEST_COMMENT}"${described(fault, field)}>${text}</textarea>`;
}

/** What a fault is about, in the reader's words. */
function faultText(form: DrawnForm, { wrong }: AnswerFault): string {
  const { survey, texts } = form;
  const { kind, scale } = survey;
  const shown = (value: number): string => (kind === 'number' ? money(value, form) : String(value));
  switch (wrong) {
    case 'missing':
      return kind === 'choice' ? texts.missingChoice : kind === 'number' ? texts.missingAmount : texts.missing;
    case 'out_of_range':
      return scale ? texts.outOfRange(shown(scale.min), shown(scale.max)) : texts.unknownChoice;
    case 'no_number':
      return texts.noNumber;
    case 'too_long':
      return texts.tooLong(LONGEST_COMMENT);
    default:
      return wrong satisfies never;
  }
}

function given(form: DrawnForm): string {
  const { survey, locale } = form;
  const question = escapeHtml(inLocale(survey.question, locale));
  const heading = `<h1 lang="${escapeHtml(locale)}">${question}</h1>`;
  switch (survey.kind) {
    case 'nps':
    case 'csat':
      return marks(form, 'score', heading);
    case 'choice':
      return choices(form, heading);
    case 'number':
      return amount(form, question);
    case 'loyalty':
      return [
        heading,
        ...LOYALTY_ITEMS.map((item) => {
          const asked = escapeHtml(inLocale(survey.questions?.[item] ?? survey.question, locale));
          return marks(form, item, `<span class="asked" lang="${escapeHtml(locale)}">${asked}</span>`);
        }),
      ].join('\n');
    default:
      return survey.kind satisfies never;
  }
}

function marks(form: DrawnForm, field: AnswerField, legend: string): string {
  const { survey, locale, texts } = form;
  const { kind, scale } = survey;
  if (!scale || kind === 'choice' || kind === 'number') return '';
  const { low, high } = texts.ends[kind];
  const fault = faultOf(form.faults, field);
  const options = offered(survey, locale).map((one) => radio(form, field, one));
  return `<fieldset${described(fault, field, `${field}-ends`)}>
<legend>${legend}</legend>
${fault ? notice(field, faultText(form, fault)) : ''}
<div class="marks of-${options.length}">
${options.join('\n')}
</div>
<p class="ends" id="${field}-ends"><span><b>${scale.min}</b> ${low}</span> <span><b>${scale.max}</b> ${high}</span></p>
</fieldset>`;
}

function choices(form: DrawnForm, legend: string): string {
  const fault = faultOf(form.faults, 'choice');
  const options = offered(form.survey, form.locale).map((one) => radio(form, 'choice', one));
  return `<fieldset${described(fault, 'choice')}>
<legend>${legend}</legend>
${fault ? notice('choice', faultText(form, fault)) : ''}
<div class="choices" lang="${escapeHtml(form.locale)}">
${options.join('\n')}
</div>
</fieldset>`;
}

function radio({ filled }: DrawnForm, field: AnswerField, one: { value: number | string; label: string }): string {
  const value = String(one.value);
  const chosen = filled[field];
  const checked = chosen === value || chosen === one.value ? ' checked' : '';
  return `<label class="mark"><input type="radio" name="${field}" value="${escapeHtml(value)}" required${checked}><span>${escapeHtml(one.label)}</span></label>`;
}

function amount(form: DrawnForm, question: string): string {
  const { texts, filled, locale, survey } = form;
  const fault = faultOf(form.faults, 'score');
  const value = filled.score;
  const known = typeof value === 'string' || typeof value === 'number' ? escapeHtml(String(value).slice(0, 40)) : '';
  const { min, max } = survey.scale ?? { min: 0, max: 0 };
  return `<h1 lang="${escapeHtml(locale)}"><label for="score">${question}</label></h1>
${fault ? notice('score', faultText(form, fault)) : ''}
<p class="amount"><span aria-hidden="true">${escapeHtml(symbol(form))}</span>
<input id="score" name="score" type="text" inputmode="decimal" autocomplete="off" maxlength="40" value="${known}"${described(fault, 'score', 'score-hint')}></p>
<p class="quiet" id="score-hint">${texts.amountHint(money(min, form), money(max, form))}</p>`;
}

function moneyFormat({ language, currency }: DrawnForm, whole: boolean): Intl.NumberFormat {
  const digits = whole ? { maximumFractionDigits: 0 } : {};
  return new Intl.NumberFormat(language === 'en' ? 'en-GB' : language, { style: 'currency', currency, ...digits });
}

function money(value: number, form: DrawnForm): string {
  return escapeHtml(moneyFormat(form, Number.isInteger(value)).format(value));
}

function symbol(form: DrawnForm): string {
  const part = moneyFormat(form, true)
    .formatToParts(0)
    .find(({ type }) => type === 'currency');
  return part?.value ?? form.currency;
}

function notice(field: AnswerField, text: string): string {
  return `<p class="wrong" id="${field}-fault">${text}</p>`;
}

/** Ties a field to what is said about it. */
function described(fault: AnswerFault | undefined, field: AnswerField, ...others: string[]): string {
  const ids = [...(fault ? [`${field}-fault`] : []), ...others];
  const invalid = fault ? ' aria-invalid="true"' : '';
  return ids.length > 0 ? `${invalid} aria-describedby="${ids.join(' ')}"` : invalid;
}

function faultOf(faults: readonly AnswerFault[], field: AnswerField): AnswerFault | undefined {
  return faults.find((one) => one.field === field);
}
