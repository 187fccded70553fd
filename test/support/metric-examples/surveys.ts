import { exitFigures } from '../../../src/reports/domain/exit-figures';
import { responseRate, type SurveyAsked, surveyFigures } from '../../../src/reports/domain/survey-figures';
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
  responseRate: ({ delivered, answered }: { delivered: number; answered: number }) => responseRate(delivered, answered),
  exitReasons: ({ answers, ...counts }: Leaving) =>
    exitFigures(
      [counts],
      Object.entries(answers).map(([reason, n]) => ({ reason, answers: n })),
    ),
} satisfies Figures;
