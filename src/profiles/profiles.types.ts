import { type ConsentView } from '../customers/customers.types';
import { type EnrollmentStanding, type NextStep } from '../enrollments/enrollment-explanations';
import { type OwnLapse } from '../predictions/lapse-thresholds';
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
  /** Loyalty points that can be spent. */
  points: number;
  /** The key of the loyalty tier. */
  tier: string | null;
  /** The counting ones; `total` net of refunds, in the store's currency, as a decimal string. */
  orders: { count: number; total: string; firstAt: string | null; lastAt: string | null };
  suppressed: { reason: string; at: string; scope: 'all' | 'marketing' } | null;
  /** Only where one customer is asked for: the lapse threshold of their own, as of now. */
  ownLapse?: OwnLapse;
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
  'bounce',
  'survey',
  'points',
  'tier',
  'referral',
  'coupon',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** Something that happened to a customer; what else it carries depends on its kind. */
export interface TimelineItem {
  at: string;
  kind: TimelineKind;
  [field: string]: unknown;
}

/** One decision about a customer and a campaign: on entering, on each step that came due, at the end. */
export interface DecisionView {
  at: string;
  /** The campaign's key. */
  campaign: string;
  enrollmentId: string | null;
  /** `entry`, `end`, `defer`, or the kind of step: docs/explain.md. */
  kind: string;
  /** Null: about the campaign as a whole. */
  step: string | null;
  outcome: string;
  reason: string | null;
  /** What it was taken from. */
  values: Record<string, unknown>;
}

export interface ExplanationView {
  /** Oldest first. */
  decisions: DecisionView[];
  /** The earliest of what comes next; null when nothing does. */
  next: NextStep | null;
  /** The customer's enrollments, the latest first, each active one with what comes next in it. */
  enrollments: EnrollmentStanding[];
  /**
   * What would be decided if the campaign's trigger came now, by the rules of the engine and nothing written; null for
   * drafts, and when no campaign is named.
   */
  entry: { outcome: 'enrolled' | 'refused'; reason: string | null; values: Record<string, unknown> } | null;
}

/** What has become of the mail of a step. */
export interface ExplainedMail {
  messageId: string;
  campaign: string;
  enrollmentId: string;
  step: string;
  status: string;
  reason: string | null;
  dueAt: Date;
  /** When its row was made: the claim that decided it. */
  queuedAt: Date;
  sentAt: Date | null;
  attempts: number;
  template: string | null;
  templateVersion: number | null;
}
