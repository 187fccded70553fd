import {
  type FactHappening,
  type HappeningFilter,
  isPlainText,
  type SqlReading,
  type TellFault,
} from '../../customers/facts';
import { KEY_PATTERN } from '../../kernel/ids';

const COMPARISONS = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
const SETS = ['in', 'notIn'] as const;
const OPERATORS = [...Object.keys(COMPARISONS), 'neq', ...SETS];
const MOST_VALUES = 100;

/** A test of the score, read and found right. */
interface ScoreTest {
  op: string;
  value: number | number[];
}

/**
 * `{ "survey": "nps", "score": { "op": "lte", "value": 6 } }`: the last answer of a person to a survey. An answer counts
 * until the next one of the same person to the same survey, so whatever the window, the last one in it is the last one
 * there is, and it either lies in the window or none does.
 */
export const SURVEY: FactHappening = {
  name: 'survey',
  form: '{ "survey": "nps", "score"?: { "op": "lte", "value": 6 }, "choice"?: "price" | ["price", "quality"], "within"?: "P30D" }',
  about:
    'The last answer of the person to that survey (key or id), if it was given in the window: with a score that passes ' +
    '(`eq`, `neq`, `gt`, `gte`, `lt`, `lte` with a number, `in`, `notIn` with a list of them; for `loyalty` the mean of its ' +
    'three answers), and with this choice or one of these; with neither, any answer. An earlier answer never counts, even ' +
    'where the last one fails the test. Its time is the first submit; an answer that is altered afterwards counts as it ' +
    'reads now. A survey that does not exist (yet) has no answers.',
  keys: ['score', 'choice', 'within'],

  read({ survey, score, choice }, fault) {
    const before = { faults: 0 };
    const tell: TellFault = (at, message) => {
      before.faults++;
      return fault(at, message);
    };
    if (typeof survey !== 'string' || !KEY_PATTERN.test(survey))
      tell('survey', 'must be the key or the id of a survey');
    const test = score === undefined ? undefined : scoreTest(score, tell);
    const chosen = choice === undefined ? undefined : choices(choice, tell);
    if (before.faults > 0) return undefined;
    return {
      survey: survey as string,
      ...(test ? { score: JSON.stringify(test) } : {}),
      ...(chosen ? { choice: JSON.stringify(chosen) } : {}),
    };
  },

  label({ survey = '', score, choice }) {
    const test = score === undefined ? undefined : (JSON.parse(score) as ScoreTest);
    const value = test && (Array.isArray(test.value) ? test.value.join(', ') : test.value);
    return [
      `survey ${survey}`,
      ...(test ? [`score ${test.op} ${value}`] : []),
      ...(choice === undefined ? [] : [`choice ${(JSON.parse(choice) as string[]).join(', ')}`]),
    ].join(' ');
  },

  toldAs: () => ['event:survey.answered', 'event:survey.changed'],

  sql: (filter, { param }) => ({
    from: 'survey_responses r',
    where: tests(filter, param).join(' and '),
    customer: 'r.customer_id',
    at: 'r.answered_at',
    ended: `(select min(n.answered_at) from survey_responses n where n.customer_id = r.customer_id
      and n.survey_id = r.survey_id and (n.answered_at, n.id) > (r.answered_at, r.id))`,
  }),
};

function tests({ survey = '', score, choice }: HappeningFilter, param: SqlReading['param']): string[] {
  return [
    `r.survey_id in (select s.id from surveys s
      where s.key = ${param(survey, 'text')} or s.id::text = ${param(survey, 'text')})`,
    ...(score === undefined ? [] : [scoreSql(JSON.parse(score) as ScoreTest, param)]),
    ...(choice === undefined ? [] : [`r.choice = any(${param(JSON.parse(choice), 'text[]')})`]),
  ];
}

function scoreSql({ op, value }: ScoreTest, param: SqlReading['param']): string {
  if (Array.isArray(value)) {
    const found = `r.score = any(${param(value, 'numeric[]')})`;
    return op === 'in' ? found : `(${found}) is not true`;
  }
  const bound = param(value, 'numeric');
  return op === 'neq' ? `r.score is distinct from ${bound}` : `r.score ${COMPARISONS[op as 'eq']} ${bound}`;
}

function scoreTest(score: unknown, fault: TellFault): ScoreTest | undefined {
  if (typeof score !== 'object' || score === null || Array.isArray(score)) {
    return fault('score', 'must be an object with op and value');
  }
  const { op, value, ...others } = score as Record<string, unknown>;
  for (const other of Object.keys(others)) fault(`score.${other}`, 'is not a known field');
  if (typeof op !== 'string' || !OPERATORS.includes(op)) {
    return fault('score.op', `must be one of ${OPERATORS.join(', ')}`);
  }
  if (!(SETS as readonly string[]).includes(op)) {
    return isNumber(value) ? { op, value } : fault('score.value', 'must be a number');
  }
  const isList = Array.isArray(value) && value.length > 0 && value.length <= MOST_VALUES && value.every(isNumber);
  return isList ? { op, value } : fault('score.value', `must be a list of 1 to ${MOST_VALUES} numbers`);
}

function choices(choice: unknown, fault: TellFault): string[] | undefined {
  const list: unknown[] = Array.isArray(choice) ? choice : [choice];
  if (list.length > 0 && list.length <= MOST_VALUES && list.every(isPlainText)) return list;
  return fault('choice', `must be the value of a choice, or a list of 1 to ${MOST_VALUES} of them`);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
