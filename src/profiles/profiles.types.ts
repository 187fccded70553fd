import { type ConsentView } from '../customers/customers.types';
import { type Stage } from '../segments/stage';

/** A customer as the API shows it (`api.md` 4). Times are ISO 8601. */
export interface CustomerView {
  id: string;
  externalId: string | null;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
  locale: string | null;
  timezone: string | null;
  attributes: Record<string, unknown>;
  tags: string[];
  /** As it is in force. */
  consent: ConsentView;
  stage: Stage;
  /** The counting ones; `total` net of refunds, in the store's currency, as a decimal string. */
  orders: { count: number; total: string; firstAt: string | null; lastAt: string | null };
  suppressed: { reason: string; at: string } | null;
  createdAt: string;
  /** Only where it is so: the shop deleted the customer. */
  deletedAt?: string;
  /** Only where it is so: the person was erased, nothing personal is left. */
  erasedAt?: string;
}

export interface CustomerFilter {
  email?: string;
  externalId?: string;
  /** A segment's key or id. */
  segment?: string;
  stage?: Stage;
}

export const TIMELINE_KINDS = [
  'event',
  'order',
  'refund',
  'consent',
  'stage',
  'enrollment',
  'message',
  'hit',
  'survey',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** Something that happened to a customer; what else it carries depends on its kind. */
export interface TimelineItem {
  at: string;
  kind: TimelineKind;
  [field: string]: unknown;
}

/** One decision about a customer in a campaign: on entering, and for each step that came due. */
export interface DecisionView {
  at: string;
  /** Null: about the campaign as a whole. */
  step: string | null;
  outcome: string;
  reason: string | null;
  values: Record<string, unknown>;
}

export interface ExplanationView {
  /** Oldest first. */
  decisions: DecisionView[];
  next: { step: string | null; at: string } | null;
}
