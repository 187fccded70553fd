import { readSurvey } from '../../../src/surveys/domain/read-survey';

const NPS = { key: 'nps', kind: 'nps', question: { it: 'Ci consiglieresti?', en: 'Would you recommend us?' } };
const CHOICE = {
  key: 'why',
  kind: 'choice',
  question: { en: 'Why did you leave us?' },
  choices: [
    { value: 'price', label: { en: 'The price' } },
    { value: 'quality', label: { en: 'The quality' } },
  ],
};

const pathsOf = (raw: unknown): string[] => {
  const read = readSurvey(raw);
  return read.ok ? [] : read.faults.map(({ path }) => path);
};
const surveyOf = (raw: unknown) => {
  const read = readSurvey(raw);
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.survey;
};

describe('a survey as it is written', () => {
  it('is read with its defaults: the key as its name, the usual scale of its kind', () => {
    expect(surveyOf(NPS)).toEqual({
      ...NPS,
      name: 'nps',
      questions: null,
      scale: { min: 0, max: 10 },
      choices: null,
      followUp: null,
    });
    expect(surveyOf({ ...NPS, kind: 'csat' }).scale).toEqual({ min: 1, max: 5 });
    expect(surveyOf({ ...NPS, kind: 'number' }).scale).toEqual({ min: 0, max: 1_000_000 });
    expect(surveyOf({ ...NPS, kind: 'csat', scale: { max: 7 } }).scale).toEqual({ min: 1, max: 7 });
    expect(surveyOf(CHOICE).scale).toBeNull();
  });

  it('of the kind loyalty gets our questions in Italian and English, and wants its own in any other language', () => {
    const { questions } = surveyOf({ ...NPS, kind: 'loyalty' });
    expect(questions?.buyAgain).toEqual({
      it: 'Quanto è probabile che compri ancora da noi?',
      en: 'How likely are you to buy from us again?',
    });
    expect(pathsOf({ ...NPS, kind: 'loyalty', question: { de: 'Wie war es?' } })).toEqual(['questions']);
    const own = { recommend: { de: 'Eins' }, buyAgain: { de: 'Zwei' }, tryOthers: { de: 'Drei' } };
    const german = { ...NPS, kind: 'loyalty', question: { de: 'Wie war es?' }, questions: own };
    expect(surveyOf(german).questions).toEqual(own);
  });

  it('has a follow-up for everybody, by score or by choice, kept in one form', () => {
    const why = { it: 'Perché?', en: 'Why?' };
    expect(surveyOf({ ...NPS, followUp: why }).followUp).toEqual([{ question: why }]);
    const byScore = [{ score: { op: 'lte', value: 6 }, question: why }, { question: why }];
    expect(surveyOf({ ...NPS, followUp: byScore }).followUp).toEqual(byScore);
    const byChoice = [{ choice: 'price', question: { en: 'What would be fair?' } }];
    expect(surveyOf({ ...CHOICE, followUp: byChoice }).followUp).toEqual([{ ...byChoice[0], choice: ['price'] }]);
    const read = surveyOf({ ...NPS, followUp: byScore });
    expect(surveyOf({ ...NPS, followUp: read.followUp }).followUp).toEqual(read.followUp);
  });

  test.each<[unknown, string[]]>([
    [null, ['']],
    [{}, ['key', 'kind', 'question']],
    [{ ...NPS, key: 'N P S' }, ['key']],
    [{ ...NPS, key: '01900000-0000-7000-8000-000000000001' }, ['key']],
    [{ ...NPS, kind: 'stars' }, ['kind']],
    [{ ...NPS, colour: 'red' }, ['colour']],
    [{ ...NPS, question: {} }, ['question']],
    [{ ...NPS, question: 'Would you?' }, ['question']],
    [{ ...NPS, question: { 'not a locale': 'Hm?' } }, ['question.not a locale']],
    [{ ...NPS, question: { en: 'Two\nlines' } }, ['question.en']],
    [{ ...NPS, question: { en: 'x'.repeat(501) } }, ['question.en']],
    [{ ...NPS, scale: { min: 1, max: 10 } }, ['scale']],
    [{ ...NPS, kind: 'csat', scale: { min: 2, max: 11 } }, ['scale.min', 'scale.max']],
    [{ ...NPS, kind: 'number', scale: { min: 5, max: 5 } }, ['scale.max']],
    [{ ...NPS, kind: 'number', scale: { min: -1, max: 5, step: 1 } }, ['scale.step', 'scale.min']],
    [{ ...NPS, choices: CHOICE.choices }, ['choices']],
    [{ ...NPS, questions: {} }, ['questions']],
    [{ ...CHOICE, scale: { min: 0, max: 1 } }, ['scale']],
    [{ ...CHOICE, choices: [CHOICE.choices[0]] }, ['choices']],
    [{ ...CHOICE, choices: [CHOICE.choices[0], CHOICE.choices[0]] }, ['choices[1].value']],
    [
      { ...CHOICE, choices: [CHOICE.choices[0], { value: 'A B', label: { it: 'No' } }] },
      ['choices[1].label.it', 'choices[1].label.en', 'choices[1].value'],
    ],
    [{ ...NPS, followUp: { en: 'Why?' } }, ['followUp.it']],
    [{ ...NPS, followUp: [] }, ['followUp']],
    [{ ...NPS, followUp: [{ question: NPS.question }, { question: NPS.question }] }, ['followUp[0]']],
    [
      { ...NPS, followUp: [{ score: { op: 'near', value: 11 }, question: NPS.question }] },
      ['followUp[0].score.op', 'followUp[0].score.value'],
    ],
    [{ ...NPS, followUp: [{ choice: 'price', question: NPS.question }] }, ['followUp[0].choice']],
    [{ ...CHOICE, followUp: [{ choice: ['price', 'taste'], question: CHOICE.question }] }, ['followUp[0].choice[1]']],
    [{ ...CHOICE, followUp: [{ score: { op: 'eq', value: 1 }, question: CHOICE.question }] }, ['followUp[0].score']],
  ])('%j has its faults at %j', (raw, paths) => {
    expect(pathsOf(raw)).toEqual(paths);
  });
});
