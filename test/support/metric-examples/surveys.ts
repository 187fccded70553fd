import { type SurveyAsked, surveyFigures } from '../../../src/reports/domain/survey-figures';
import { type Figures } from './figure';

/** One answer a person. */
type Answered = SurveyAsked & { answers: Array<number | string> };

export const SURVEY_FIGURES = {
  survey: ({ answers, ...asked }: Answered) =>
    surveyFigures(
      asked,
      answers.map((answer) => ({ value: String(answer), n: 1 })),
    ),
} satisfies Figures;
