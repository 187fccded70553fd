import { type Fault } from '../../kernel/errors';
import { isUuid, KEY_PATTERN } from '../../kernel/ids';
import {
  type Choice,
  LOYALTY_ITEMS,
  type LoyaltyItem,
  type LocalisedText,
  SURVEY_KINDS,
  type SurveyDefinition,
  type SurveyKind,
} from '../surveys.types';
import { loyaltyQuestions } from './loyalty-questions';
import { Faults, type Json, readLocalised, readObject, readText } from './read-fields';
import { readFollowUp } from './read-follow-up';
import { readScale } from './read-scale';

export type ReadSurvey = { ok: true; survey: SurveyDefinition } | { ok: false; faults: Fault[] };

const FIELDS = ['key', 'name', 'kind', 'question', 'questions', 'scale', 'choices', 'followUp'];
/** What a choice is called in conditions and answers. */
const CHOICE_VALUE = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const MAX_CHOICES = 20;

/** Reads a survey as it is sent, with every fault at its path; fills in its name (the key), scale and form. */
export function readSurvey(raw: unknown): ReadSurvey {
  const faults = new Faults();
  const json = readObject(raw, '', faults, FIELDS);
  if (!json) return { ok: false, faults: faults.list };
  const key = readKey(json.key, faults);
  const name = json.name === undefined || json.name === null ? key : readText(json.name, 'name', faults, 200);
  const kind = readKind(json.kind, faults);
  const question = readLocalised(json.question, 'question', faults);
  if (!kind || !question) return { ok: false, faults: faults.list };
  const locales = Object.keys(question);
  const questions = readQuestions(json, kind, locales, faults);
  const scale = readScale(json.scale, kind, faults);
  const choices = readChoices(json, kind, locales, faults);
  const followUp = readFollowUp(json.followUp, { locales, scale: scale ?? null, choices: choices ?? null }, faults);
  if (faults.list.length > 0 || key === undefined || name === undefined) return { ok: false, faults: faults.list };
  return {
    ok: true,
    survey: {
      key,
      name,
      kind,
      question,
      questions: questions ?? null,
      scale: scale ?? null,
      choices: choices ?? null,
      followUp: followUp ?? null,
    },
  };
}

function readKey(raw: unknown, faults: Faults): string | undefined {
  const key = readText(raw, 'key', faults, 64);
  if (key === undefined) return undefined;
  if (!KEY_PATTERN.test(key)) return faults.add('key', 'must be 1 to 64 characters of a-z, 0-9 and -');
  return isUuid(key) ? faults.add('key', 'must not look like an id') : key;
}

function readKind(raw: unknown, faults: Faults): SurveyKind | undefined {
  const kind = SURVEY_KINDS.find((one) => one === raw);
  return kind ?? faults.add('kind', `must be one of ${SURVEY_KINDS.join(', ')}`);
}

function readQuestions(
  { questions: raw }: Json,
  kind: SurveyKind,
  locales: readonly string[],
  faults: Faults,
): Record<LoyaltyItem, LocalisedText> | undefined {
  const isAbsent = raw === undefined || raw === null;
  if (kind !== 'loyalty') return isAbsent ? undefined : faults.add('questions', 'is of the kind loyalty only');
  if (isAbsent) return usualQuestions(locales, faults);
  const json = readObject(raw, 'questions', faults, LOYALTY_ITEMS);
  if (!json) return undefined;
  const read = (item: LoyaltyItem): LocalisedText =>
    readLocalised(json[item], `questions.${item}`, faults, locales) ?? {};
  return { recommend: read('recommend'), buyAgain: read('buyAgain'), tryOthers: read('tryOthers') };
}

/** Our words, in the locales of the survey. */
function usualQuestions(locales: readonly string[], faults: Faults): Record<LoyaltyItem, LocalisedText> | undefined {
  const foreign = locales.find((locale) => !loyaltyQuestions(locale));
  if (foreign !== undefined) return faults.add('questions', `is missing: we have no words of our own in ${foreign}`);
  const of = (item: LoyaltyItem): LocalisedText =>
    Object.fromEntries(locales.map((locale) => [locale, loyaltyQuestions(locale)?.[item] ?? '']));
  return { recommend: of('recommend'), buyAgain: of('buyAgain'), tryOthers: of('tryOthers') };
}

function readChoices(
  { choices: raw }: Json,
  kind: SurveyKind,
  locales: readonly string[],
  faults: Faults,
): Choice[] | undefined {
  if (kind !== 'choice') {
    return raw === undefined || raw === null ? undefined : faults.add('choices', 'is of the kind choice only');
  }
  if (!Array.isArray(raw) || raw.length < 2 || raw.length > MAX_CHOICES) {
    return faults.add('choices', `must be a list of 2 to ${MAX_CHOICES} choices`);
  }
  const seen = new Set<string>();
  return raw.flatMap((one: unknown, index): Choice[] => {
    const path = `choices[${index}]`;
    const json = readObject(one, path, faults, ['value', 'label']);
    if (!json) return [];
    const value = readText(json.value, `${path}.value`, faults, 64);
    const label = readLocalised(json.label, `${path}.label`, faults, locales);
    if (value === undefined || !label) return [];
    if (!CHOICE_VALUE.test(value))
      faults.add(`${path}.value`, 'must consist of a-z, 0-9, - and _, 64 characters at most');
    if (seen.has(value)) faults.add(`${path}.value`, `${value} is the value of another choice`);
    seen.add(value);
    return [{ value, label }];
  });
}
