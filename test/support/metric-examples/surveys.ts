import { exitFigures } from '../../../src/reports/domain/exit-figures';
import { responseRate, type SurveyAsked, surveyFigures } from '../../../src/reports/domain/survey-figures';
import { readAnswer } from '../../../src/responses/domain/read-answer';
import { LOYALTY_ITEMS, type SurveyDefinition } from '../../../src/surveys/surveys.types';
import { type Figures } from './figure';

/** One answer a person. */
type Answered = SurveyAsked & { answers: Array<number | string> };

interface Leaving {
  left: number;
  asked: number;
  /** How often each reason was given. */
  answers: Record<string, number>;
}

export const SURVEY_FIGURES = {
  survey: ({ answers, ...asked }: Answered) => {
    const counts = new Map<string, number>();
    for (const answer of answers) counts.set(String(answer), (counts.get(String(answer)) ?? 0) + 1);
    return surveyFigures(
      asked,
      [...counts].map(([value, n]) => ({ value, n })),
    );
  },
  // From what people mark on the form.
  loyaltyIndex: ({ scale, people }: { scale: { min: number; max: number }; people: number[][] }) => {
    const survey = { kind: 'loyalty', scale, choices: null } as SurveyDefinition;
    const counts = people.map((marks) => {
      const form = Object.fromEntries(LOYALTY_ITEMS.map((item, i) => [item, String(marks[i])]));
      const read = readAnswer(survey, form, 'EUR');
      if (!read.ok) throw new Error('no answer to the survey');
      return { value: String(read.answer.score), n: 1 };
    });
    return surveyFigures({ kind: 'loyalty', scale, choices: [] }, counts);
  },
  responseRate: ({ delivered, answered }: { delivered: number; answered: number }) => responseRate(delivered, answered),
  exitReasons: ({ answers, ...counts }: Leaving) =>
    exitFigures(
      [counts],
      Object.entries(answers).map(([reason, n]) => ({ reason, answers: n })),
    ),
} satisfies Figures;
