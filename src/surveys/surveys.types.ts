/**
 * What a survey asks for: the likelihood to recommend (0 to 10), satisfaction, one of several choices, an amount of
 * money (what is spent elsewhere in a month: share of wallet), or the three questions of the loyalty index.
 */
export const SURVEY_KINDS = ['nps', 'csat', 'choice', 'number', 'loyalty'] as const;
export type SurveyKind = (typeof SURVEY_KINDS)[number];

/** The three questions of the loyalty index, all on the survey's scale. */
export const LOYALTY_ITEMS = ['recommend', 'buyAgain', 'tryOthers'] as const;
export type LoyaltyItem = (typeof LOYALTY_ITEMS)[number];

/** A text by locale (`it`, `en-GB`); at least one. */
export type LocalisedText = Record<string, string>;

/** Lowest and highest answer, both allowed. For `number` an amount in the store's currency. */
export interface Scale {
  min: number;
  max: number;
}

/** One answer of a `choice`. `value` is what is stored and asked by conditions; it does not change with the language. */
export interface Choice {
  value: string;
  label: LocalisedText;
}

export const SCORE_OPERATORS = ['eq', 'gt', 'gte', 'lt', 'lte'] as const;
type ScoreOperator = (typeof SCORE_OPERATORS)[number];

/** Asked after an answer that fits; without `score` and `choice` after every answer. The first that fits is asked. */
export interface FollowUp {
  score?: { op: ScoreOperator; value: number };
  choice?: string[];
  question: LocalisedText;
}

/** A survey as it is written, checked, defaults filled in; `scale` is null for a `choice`, `choices` for all others. */
export interface SurveyDefinition {
  key: string;
  name: string;
  kind: SurveyKind;
  question: LocalisedText;
  /** The questions of a `loyalty`, in the shop's words or ours; null for the others. */
  questions: Record<LoyaltyItem, LocalisedText> | null;
  scale: Scale | null;
  choices: Choice[] | null;
  followUp: FollowUp[] | null;
}

/** A survey as it is shown. An archived one is asked by no campaign any more; its answers stay. */
export interface SurveyView extends SurveyDefinition {
  id: string;
  version: number;
  archivedAt: string | null;
  createdAt: string;
  updatedAt: string;
}
