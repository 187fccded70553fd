import { type Basis, type Recommend, type Sender } from '../campaigns/campaign.types';
import { type MailFacts } from '../customers/mailability';
import { type EmailDecision } from './domain/advance';
import { type Arm } from './domain/decide-entry';

/** An e-mail step that came due: what the send ledger needs to make its one row. */
export interface EmailEffect {
  kind: 'email';
  enrollmentId: string;
  campaignId: string;
  customerId: string;
  /** Key of the step. */
  step: string;
  arm: Arm;
  basis: Basis;
  /** What it is about; null: nothing that could be switched off. */
  topic: string | null;
  template: { id: string; version: number; key: string };
  recommend: Recommend | null;
  /** What the mail asks, at its latest version; null for those that are not sent. */
  survey: { id: string; version: number } | null;
  /** The code that it carries, given under the id that its message has to have. */
  coupon: { id: string; messageId: string } | null;
  /** The plan. */
  dueAt: Date;
  /** `dueAt` plus `maxLateness`: after it the mail is of no use. */
  expiresAt: Date;
  decision: EmailDecision;
  /** What was known of the person when this was decided. */
  mail: MailFacts;
  triggerOrderId: string | null;
  triggerEventId: string | null;
  sender: Sender | null;
  utm: { source: string; medium: string; campaign: string } | null;
}

export type Effect = EmailEffect;

/** What one claim did. */
export interface AdvancedBatch {
  /** Enrollments taken, those without an effect included. */
  advanced: number;
  effects: Effect[];
}
