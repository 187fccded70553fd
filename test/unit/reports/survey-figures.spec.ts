import {
  meanInterval,
  netPromoterScore,
  type SurveyAsked,
  surveyFigures,
  surveyUndefinedBecause,
} from '../../../src/reports/domain/survey-figures';

const NPS: SurveyAsked = { kind: 'nps', scale: { min: 0, max: 10 }, choices: [] };
const counts = (times: Record<string, number>) => Object.entries(times).map(([value, n]) => ({ value, n }));

describe('net promoter score', () => {
  it('3 promoters and 2 detractors of 10: 10 (-30.5176, 45.9022)', () => {
    const { score, ci } = netPromoterScore(3, 2, 10);
    expect(score).toBeCloseTo(10, 10);
    expect(ci?.[0]).toBeCloseTo(-30.5176, 4);
    expect(ci?.[1]).toBeCloseTo(45.9022, 4);
  });
  it('is cut to 100, and null without answers', () => {
    expect(netPromoterScore(20, 0, 20)).toEqual({ score: 100, ci: [expect.any(Number), 100] });
    expect(netPromoterScore(0, 0, 0)).toEqual({ score: null, ci: null });
  });
  it('parts the answers: 0 to 6, 7 and 8, 9 and 10', () => {
    const figures = surveyFigures(NPS, counts({ 9: 1, 10: 2, 7: 3, 8: 2, 6: 1, 0: 1 }));
    expect(figures.score).toBeCloseTo(10, 10);
    expect(figures.ci?.[1]).toBeCloseTo(45.9022, 4);
    expect([figures.promoters, figures.passives, figures.detractors].map((one) => one?.count)).toEqual([3, 5, 2]);
    expect(figures.distribution.map(({ value, count }) => `${value}:${count}`).join(' ')).toBe(
      '0:1 1:0 2:0 3:0 4:0 5:0 6:1 7:3 8:2 9:1 10:2',
    );
    expect(figures.responses).toBe(10);
  });
});

describe('means', () => {
  it('of scores 1, 2, 3, 4, 5: 3 (1.036757, 4.963243) by Student with 4 degrees of freedom', () => {
    const csat: SurveyAsked = { kind: 'csat', scale: { min: 1, max: 5 }, choices: [] };
    const figures = surveyFigures(csat, counts({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 }));
    expect(figures.score).toBe(3);
    expect(figures.ci?.[0]).toBeCloseTo(1.036757, 6);
    expect(figures.ci?.[1]).toBeCloseTo(4.963243, 6);
    expect(figures.satisfied).toMatchObject({ count: 2, share: 0.4 });
  });
  it('have no interval for one answer, or where all are alike', () => {
    expect(meanInterval([{ score: 4, n: 1 }])).toEqual({ mean: 4, ci: null });
    expect(meanInterval([{ score: 4, n: 9 }])).toEqual({ mean: 4, ci: null });
    const csat: SurveyAsked = { kind: 'csat', scale: { min: 1, max: 5 }, choices: [] };
    const because = (times: Record<string, number>) => surveyUndefinedBecause(csat, surveyFigures(csat, counts(times)));
    expect(because({ 4: 1 })).toEqual({ ci: 'under_2_responses' });
    expect(because({ 4: 9 })).toEqual({ ci: 'all_answers_alike' });
    const nothing = ['score', 'ci', 'distribution[].share', 'distribution[].ci', 'satisfied.share', 'satisfied.ci'];
    expect(because({})).toEqual(Object.fromEntries(nothing.map((name) => [name, 'no_responses'])));
  });
  it('of amounts, with the median and ten classes that hold everybody', () => {
    const number: SurveyAsked = { kind: 'number', scale: { min: 0, max: 10_000 }, choices: [] };
    const figures = surveyFigures(number, counts({ '10': 1, '20.5': 2, '110': 1 }));
    expect(figures.score).toBeCloseTo(40.25, 10);
    expect(figures.median).toBe(20.5);
    expect(figures.distribution).toHaveLength(10);
    expect(figures.distribution.map(({ count }) => count)).toEqual([1, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(figures.distribution.at(-1)).toMatchObject({ value: 100, to: 110 });
  });
  it('the loyalty index is the mean over people; a mean of three goes to the score that it rounds to', () => {
    const loyalty: SurveyAsked = { kind: 'loyalty', scale: { min: 1, max: 7 }, choices: [] };
    const figures = surveyFigures(loyalty, counts({ '4.6666666666666667': 1, '6.3333333333333333': 1 }));
    expect(figures.score).toBeCloseTo(5.5, 10);
    expect(figures.distribution.map(({ count }) => count)).toEqual([0, 0, 0, 0, 1, 1, 0]);
  });
});

it('choices have shares with Wilson’s interval and no score', () => {
  const asked: SurveyAsked = { kind: 'choice', scale: null, choices: ['price', 'quality', 'moved'] };
  const figures = surveyFigures(asked, counts({ price: 3, gone: 1, quality: 6 }));
  expect(figures.distribution.map(({ value, count }) => [value, count])).toEqual([
    ['price', 3],
    ['quality', 6],
    ['moved', 0],
    ['gone', 1],
  ]);
  expect(figures.distribution[0]?.share).toBeCloseTo(0.3, 10);
  // Wilson, 3 of 10: 0.107791, 0.603226
  expect(figures.distribution[0]?.ci?.[0]).toBeCloseTo(0.107791, 5);
  expect(figures.distribution[0]?.ci?.[1]).toBeCloseTo(0.603226, 5);
  expect(figures.score).toBeNull();
  expect(surveyUndefinedBecause(asked, figures)).toEqual({
    score: 'choices_have_no_score',
    ci: 'choices_have_no_score',
  });
});
