import { pickLocale } from '../kernel/locales';
import { type FollowUp, type LocalisedText, type SurveyDefinition } from './surveys.types';

/** One of the marks that a mail or a page offers. `value` is a number, or the value of a choice. */
export interface Offered {
  value: number | string;
  label: string;
}

/**
 * The locale that a survey is asked in: of the wishes, in their order, the first that it has words for (`it-IT`, else
 * `it`), else the one that it was written in first.
 */
export function localeAsked({ question }: SurveyDefinition, wishes: ReadonlyArray<string | null | undefined>): string {
  const known = Object.keys(question);
  for (const wish of wishes) {
    const found = wish ? pickLocale(known, wish, '') : '';
    if (found !== '') return found;
  }
  return known[0] ?? '';
}

/** A text in a locale of {@link localeAsked}. */
export function inLocale(text: LocalisedText, locale: string): string {
  return text[locale] ?? Object.values(text)[0] ?? '';
}

/** What the marks of {@link offered} answer: of a `loyalty` its first question. */
export function questionAsked(survey: SurveyDefinition, locale: string): string {
  return inLocale(survey.questions?.recommend ?? survey.question, locale);
}

/**
 * The marks in the order in which mails show them and links count them: all of the scale, or the choices; of a `number`
 * there are none, it is typed.
 */
export function offered({ kind, scale, choices }: SurveyDefinition, locale: string): Offered[] {
  switch (kind) {
    case 'choice':
      return (choices ?? []).map(({ value, label }) => ({ value, label: inLocale(label, locale) }));
    case 'nps':
    case 'csat':
    case 'loyalty':
      return scale ? marksOf(scale.min, scale.max) : [];
    case 'number':
      return [];
    default:
      return kind satisfies never;
  }
}

function marksOf(min: number, max: number): Offered[] {
  return Array.from({ length: max - min + 1 }, (_, at) => ({ value: min + at, label: String(min + at) }));
}

/** What is asked after an answer, in a locale; undefined when nothing is. */
export function followUpAsked(
  { followUp }: SurveyDefinition,
  answer: { score: number | null; choice: string | null },
  locale: string,
): string | undefined {
  const found = followUp?.find((one) => fits(one, answer));
  return found && inLocale(found.question, locale);
}

function fits({ score: asked, choice }: FollowUp, answer: { score: number | null; choice: string | null }): boolean {
  if (choice && !(answer.choice !== null && choice.includes(answer.choice))) return false;
  return !asked || (answer.score !== null && compares(answer.score, asked.op, asked.value));
}

function compares(score: number, op: NonNullable<FollowUp['score']>['op'], value: number): boolean {
  switch (op) {
    case 'eq':
      return score === value;
    case 'gt':
      return score > value;
    case 'gte':
      return score >= value;
    case 'lt':
      return score < value;
    case 'lte':
      return score <= value;
    default:
      return op satisfies never;
  }
}
