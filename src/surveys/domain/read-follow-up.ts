import { type Choice, type FollowUp, type Scale, SCORE_OPERATORS } from '../surveys.types';
import { type Faults, type Json, readLocalised, readNumber, readObject } from './read-fields';

const MAX_FOLLOW_UPS = 20;

/** What a follow-up may refer to. */
interface Asked {
  locales: readonly string[];
  scale: Scale | null;
  choices: readonly Choice[] | null;
}

/**
 * Reads what is asked after the answer: one text by locale for everybody, or a list of
 * `{ score?: { op, value }, choice?: value or list, question }`, of which the first that fits is asked.
 */
export function readFollowUp(raw: unknown, asked: Asked, faults: Faults): FollowUp[] | undefined {
  if (raw === undefined || raw === null) return undefined;
  if (!Array.isArray(raw)) {
    const question = readLocalised(raw, 'followUp', faults, asked.locales);
    return question && [{ question }];
  }
  if (raw.length === 0 || raw.length > MAX_FOLLOW_UPS) {
    return faults.add('followUp', `must have 1 to ${MAX_FOLLOW_UPS} questions`);
  }
  return raw.flatMap((one: unknown, index): FollowUp[] => {
    const path = `followUp[${index}]`;
    const json = readObject(one, path, faults, ['score', 'choice', 'question']);
    if (!json) return [];
    const question = readLocalised(json.question, `${path}.question`, faults, asked.locales);
    const score = readScore(json, path, asked.scale, faults);
    const choice = readChoice(json, path, asked.choices, faults);
    if (json.score === undefined && json.choice === undefined && index < raw.length - 1) {
      faults.add(path, 'fits every answer, so that those after it are never asked: put it last');
    }
    return question ? [{ ...(score ? { score } : {}), ...(choice ? { choice } : {}), question }] : [];
  });
}

function readScore({ score: raw }: Json, path: string, scale: Scale | null, faults: Faults): FollowUp['score'] {
  if (raw === undefined) return undefined;
  const at = `${path}.score`;
  if (!scale) return faults.add(at, 'a choice has no score: use `choice`');
  const json = readObject(raw, at, faults, ['op', 'value']);
  if (!json) return undefined;
  const op = SCORE_OPERATORS.find((one) => one === json.op);
  if (!op) faults.add(`${at}.op`, `must be one of ${SCORE_OPERATORS.join(', ')}`);
  const value = readNumber(json.value, `${at}.value`, faults);
  if (value !== undefined && (value < scale.min || value > scale.max)) {
    faults.add(`${at}.value`, `must lie between ${scale.min} and ${scale.max}`);
  }
  return op && value !== undefined ? { op, value } : undefined;
}

function readChoice(
  { choice: raw }: Json,
  path: string,
  choices: readonly Choice[] | null,
  faults: Faults,
): FollowUp['choice'] {
  if (raw === undefined) return undefined;
  const at = `${path}.choice`;
  if (!choices) return faults.add(at, 'only a choice is asked by it: use `score`');
  const named = Array.isArray(raw) ? raw : [raw];
  if (named.length === 0) return faults.add(at, 'must name at least one choice');
  return named.flatMap((value: unknown, index): string[] => {
    const known = choices.find((one) => one.value === value);
    if (!known) faults.add(Array.isArray(raw) ? `${at}[${index}]` : at, 'is not one of the choices');
    return known ? [known.value] : [];
  });
}
