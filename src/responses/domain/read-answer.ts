import { fromMinor, parseMoney } from '../../kernel/money';
import { offered } from '../../surveys/asked-survey';
import { LOYALTY_ITEMS, type LoyaltyItem, type Scale, type SurveyDefinition } from '../../surveys/surveys.types';
import { type Answer } from '../responses.types';

/** Longest comment and follow-up answer, in characters as a browser counts them (UTF-16). */
export const LONGEST_COMMENT = 4_000;

/** A posted form: values as they came, of any type. */
export type AnswerForm = Readonly<Record<string, unknown>>;

export type AnswerField = 'score' | 'choice' | LoyaltyItem | 'comment' | 'followUpAnswer';

/** What is wrong with a field, for the page to say in the reader's language. */
export interface AnswerFault {
  field: AnswerField;
  wrong: 'missing' | 'out_of_range' | 'no_number' | 'too_long';
}

export type ReadAnswer = { ok: true; answer: Answer } | { ok: false; faults: AnswerFault[] };

/** Reads what a page posted for a survey, or tells all that is wrong with it. Nothing is taken that was not offered. */
export function readAnswer(survey: SurveyDefinition, form: AnswerForm, currency: string): ReadAnswer {
  const faults: AnswerFault[] = [];
  const given = readGiven(survey, form, currency, faults);
  const comment = readWords(form.comment, 'comment', faults);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, answer: { ...given, comment } };
}

/** Free text as it is kept: its lines, without control characters and halves of characters; null when nothing was written. */
export function readWords(raw: unknown, field: 'comment' | 'followUpAnswer', faults: AnswerFault[]): string | null {
  if (typeof raw !== 'string') return null;
  const text = raw
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]|\p{Surrogate}/gu, '')
    .trim();
  if (text.length > LONGEST_COMMENT) faults.push({ field, wrong: 'too_long' });
  return text === '' ? null : text;
}

const NOTHING: Omit<Answer, 'comment'> = { score: null, choice: null, answers: null };

function readGiven(
  survey: SurveyDefinition,
  form: AnswerForm,
  currency: string,
  faults: AnswerFault[],
): Omit<Answer, 'comment'> {
  switch (survey.kind) {
    case 'nps':
    case 'csat':
      return { ...NOTHING, score: readMark(survey, form, 'score', faults) ?? null };
    case 'choice':
      return { ...NOTHING, choice: readChoice(survey, form, faults) };
    case 'number':
      return { ...NOTHING, score: survey.scale && readAmount(form.score, survey.scale, currency, faults) };
    case 'loyalty': {
      const marks = LOYALTY_ITEMS.map((item) => [item, readMark(survey, form, item, faults) ?? 0] as const);
      const answers = Object.fromEntries(marks) as Record<LoyaltyItem, number>;
      const score = marks.reduce((sum, [, mark]) => sum + mark, 0) / marks.length;
      return { ...NOTHING, score, answers };
    }
    default:
      return survey.kind satisfies never;
  }
}

function readMark(
  survey: SurveyDefinition,
  form: AnswerForm,
  field: 'score' | LoyaltyItem,
  faults: AnswerFault[],
): number | undefined {
  const raw = form[field];
  const mark = offered(survey, '').find(({ value }) => String(value) === raw);
  if (typeof mark?.value === 'number') return mark.value;
  faults.push({ field, wrong: isAbsent(raw) ? 'missing' : 'out_of_range' });
  return undefined;
}

function readChoice({ choices }: SurveyDefinition, { choice }: AnswerForm, faults: AnswerFault[]): string | null {
  const known = choices?.find(({ value }) => value === choice);
  if (known) return known.value;
  faults.push({ field: 'choice', wrong: isAbsent(choice) ? 'missing' : 'out_of_range' });
  return null;
}

function readAmount(raw: unknown, { min, max }: Scale, currency: string, faults: AnswerFault[]): number | null {
  const fault = (wrong: AnswerFault['wrong']): null => {
    faults.push({ field: 'score', wrong });
    return null;
  };
  if (isAbsent(raw)) return fault('missing');
  const amount = typeof raw === 'string' ? parseAmount(raw, currency) : undefined;
  if (amount === undefined) return fault('no_number');
  return amount < min || amount > max ? fault('out_of_range') : amount;
}

/**
 * An amount as people type it, in whatever notation: "1.234,50", "1,234.50", "40", "€ 12,5". The last of point and comma
 * begins the cents, unless it is the only one and three digits follow it
 * ("1.234"). Rounded to the currency's minor unit.
 */
export function parseAmount(text: string, currency: string): number | undefined {
  if (text.length > 40) return undefined;
  const plain = text.replace(/^\s*(\p{Sc}|[A-Z]{3})|(\p{Sc}|[A-Z]{3})\s*$/gu, '').replace(/[\s'’\u00a0]/g, '');
  if (!/^\d[\d.,]*$/.test(plain)) return undefined;
  const separators = plain.replace(/\d/g, '');
  const at = Math.max(plain.lastIndexOf('.'), plain.lastIndexOf(','));
  const repeated = separators.length > 1 && new Set(separators).size === 1;
  const isGrouping =
    at === -1 || repeated || (separators.length === 1 && plain.length - at === 4 && !plain.startsWith('0'));
  const whole = (isGrouping ? plain : plain.slice(0, at)).replace(/[.,]/g, '');
  const minor = parseMoney(isGrouping ? whole : `${whole}.${plain.slice(at + 1) || '0'}`, currency);
  return minor === undefined ? undefined : Number(fromMinor(minor, currency));
}

function isAbsent(raw: unknown): boolean {
  return raw === undefined || raw === null || (typeof raw === 'string' && raw.trim() === '');
}
