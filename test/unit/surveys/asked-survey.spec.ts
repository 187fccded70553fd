import { followUpAsked, localeAsked, offered, questionAsked } from '../../../src/surveys/asked-survey';
import { type SurveyDefinition } from '../../../src/surveys/surveys.types';

const NPS: SurveyDefinition = {
  key: 'nps',
  name: 'NPS',
  kind: 'nps',
  question: { it: 'Ci consiglieresti?', en: 'Would you recommend us?' },
  questions: null,
  scale: { min: 0, max: 10 },
  choices: null,
  followUp: [
    { score: { op: 'lte', value: 6 }, question: { it: 'Che cosa è andato storto?', en: 'What went wrong?' } },
    { score: { op: 'gte', value: 9 }, question: { it: 'Che cosa ti è piaciuto?', en: 'What did you like?' } },
  ],
};
const CHOICE: SurveyDefinition = {
  ...NPS,
  kind: 'choice',
  scale: null,
  choices: [
    { value: 'price', label: { it: 'Il prezzo', en: 'The price' } },
    { value: 'other', label: { it: 'Altro', en: 'Something else' } },
  ],
  followUp: [{ choice: ['other'], question: { it: 'Cioè?', en: 'Namely?' } }],
};

describe('a survey as it is asked', () => {
  it('is in the first wanted locale that it has words for, else in its first', () => {
    expect(localeAsked(NPS, ['de-AT', null, 'en-GB', 'it'])).toBe('en');
    expect(localeAsked(NPS, ['it-CH'])).toBe('it');
    expect(localeAsked(NPS, ['fr', undefined])).toBe('it');
  });

  it('offers every mark of its scale, or its choices with their words', () => {
    expect(offered(NPS, 'it').map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(offered({ ...NPS, kind: 'csat', scale: { min: 1, max: 3 } }, 'en')).toEqual([
      { value: 1, label: '1' },
      { value: 2, label: '2' },
      { value: 3, label: '3' },
    ]);
    expect(offered(CHOICE, 'en')).toEqual([
      { value: 'price', label: 'The price' },
      { value: 'other', label: 'Something else' },
    ]);
    expect(offered({ ...NPS, kind: 'number' }, 'en')).toEqual([]);
  });

  it('shows in a mail the question that its marks answer', () => {
    expect(questionAsked(NPS, 'en')).toBe('Would you recommend us?');
    const items = { recommend: { en: 'One' }, buyAgain: { en: 'Two' }, tryOthers: { en: 'Three' } };
    expect(questionAsked({ ...NPS, kind: 'loyalty', questions: items }, 'en')).toBe('One');
  });

  it('asks on by the answer', () => {
    const asked = (score: number) => followUpAsked(NPS, { score, choice: null }, 'en');
    expect([0, 6, 7, 8, 9, 10].map(asked)).toEqual([
      'What went wrong?',
      'What went wrong?',
      undefined,
      undefined,
      'What did you like?',
      'What did you like?',
    ]);
    expect(followUpAsked(CHOICE, { score: null, choice: 'other' }, 'it')).toBe('Cioè?');
    expect(followUpAsked(CHOICE, { score: null, choice: 'price' }, 'it')).toBeUndefined();
    expect(followUpAsked({ ...NPS, followUp: null }, { score: 1, choice: null }, 'it')).toBeUndefined();
  });
});
