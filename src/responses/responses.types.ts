import { type LoyaltyItem, type Scale, type SurveyKind } from '../surveys/surveys.types';

/** What a person said: a score (of a `loyalty` the mean of its three answers) or a choice. */
export interface Answer {
  score: number | null;
  choice: string | null;
  answers: Record<LoyaltyItem, number> | null;
  comment: string | null;
}

/** An answer as it is shown to the shop. Instants are ISO 8601. */
export interface ResponseView extends Answer {
  id: string;
  /** Who answered; names and addresses are null when the person was erased. */
  customer: {
    id: string;
    externalId: string | null;
    email: string | null;
    firstName: string | null;
    lastName: string | null;
  };
  messageId: string;
  enrollmentId: string;
  campaignId: string;
  /** Key of the campaign. */
  campaign: string;
  /** Key of the e-mail step that asked. */
  step: string;
  /** The order that started the campaign, if one did. */
  orderId: string | null;
  orderExternalId: string | null;
  kind: SurveyKind;
  /** The scale that it was given on, null for a choice; an amount has its currency. */
  scale: (Scale & { currency?: string }) | null;
  followUpAnswer: string | null;
  locale: string;
  answeredAt: string;
  updatedAt: string;
  /** How often the person changed it. */
  changes: number;
}
