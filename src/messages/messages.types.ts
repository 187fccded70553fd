import { type Reason } from '../kernel/reasons';
import { type MessageStatus } from './domain/message-states';

export type { MessageStatus } from './domain/message-states';

/** What a message comes from; unique together with the origin's id and the step. */
export const ORIGINS = ['enrollment', 'confirmation', 'test', 'seed'] as const;
export type Origin = (typeof ORIGINS)[number];

/** The statuses of the contract (`api.md` 8): a claimed message is shown as queued. */
export const SHOWN_STATUSES = [
  'queued',
  'sending',
  'sent',
  'deferred',
  'failed',
  'bounced',
  'skipped',
  'held_out',
  'uncertain',
] as const;
export type ShownStatus = (typeof SHOWN_STATUSES)[number];

export function shownStatus(status: MessageStatus): ShownStatus {
  return status === 'claimed' ? 'queued' : status;
}

/** Who a mail is from; without it the store's own sender. */
export interface MessageSender {
  name: string;
  address: string;
  replyTo?: string;
}

/** Products to be recommended in the mail. */
export interface MessageRecommend {
  strategy: 'bought_together' | 'bestsellers';
  limit: number;
  fallback: 'bestsellers' | 'skip';
}

/** What is added to the links of the mail. */
export interface MessageUtm {
  source: string;
  medium: string;
  campaign: string;
}

/**
 * What holds a waiting message back beyond its next try: its sending domain is paused, or has used up its warm-up cap of
 * today; or its destination has asked for a slower pace.
 */
export type HeldBy = 'sending_paused' | 'warm_up' | 'destination';

/** A message as clients see it. Instants are ISO 8601. */
export interface MessageView {
  id: string;
  origin: Origin;
  enrollmentId: string | null;
  campaignId: string | null;
  step: string;
  customerId: string | null;
  status: ShownStatus;
  reason: Reason | null;
  subject: string | null;
  /** Key of the template. */
  template: string | null;
  templateVersion: number | null;
  locale: string | null;
  messageIdHeader: string | null;
  dueAt: string;
  nextTryAt: string | null;
  sentAt: string | null;
  openedAt: string | null;
  clickedAt: string | null;
  bouncedAt: string | null;
  complainedAt: string | null;
  unsubscribedAt: string | null;
  attempts: number;
  lastReply: string | null;
  heldBy: HeldBy | null;
}

/** Something that came back from a mail. */
export interface MessageMark {
  messageId: string;
  /** An answer, or a provider's word that it has the mail, leaves no mark of its own: it proves that it had arrived. */
  kind: 'open' | 'click' | 'unsubscribe' | 'bounce' | 'complaint' | 'answer' | 'delivery';
  at: Date;
  /** Opens and clicks by machines leave their own marks. */
  machine: boolean;
}

/** What the hits of a mail say when they are judged anew; null: there is none of that kind. */
export interface MessageEngagement {
  messageId: string;
  openedAt: Date | null;
  machineOpenedAt: Date | null;
  clickedAt: Date | null;
  machineClickedAt: Date | null;
}
