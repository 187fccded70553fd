import { type Reason } from '../../kernel/reasons';
import { type MessageStatus } from './message-states';

/** What is known of a message when it is claimed. */
export interface Claimed {
  /** Why it must not go out as things stand; null when it may. */
  refusal: Reason | null;
  expiresAt: Date;
  /** Tries that the server has judged. */
  attempts: number;
}

/** What becomes of a claimed message that is not sent; without `nextTryAt` a queued one is parked. */
export interface Halt {
  status: Extract<MessageStatus, 'queued' | 'skipped' | 'failed'>;
  reason: Reason | null;
  nextTryAt?: Date;
}

/**
 * Whether a claimed message stops before it is composed: undefined when it goes on. One whose usefulness has ended is
 * `too_late`, or failed if servers had refused it meanwhile; one of a paused campaign is parked until that goes on,
 * one whose sending domain was paused meanwhile goes back, and into the lane of that domain.
 */
export function beforeSend(message: Claimed, now: Date): Halt | undefined {
  if (message.refusal === 'campaign_paused') return { status: 'queued', reason: null };
  if (message.refusal === 'sending_paused') return { status: 'queued', reason: null, nextTryAt: now };
  if (message.refusal !== null) return { status: 'skipped', reason: message.refusal };
  if (now <= message.expiresAt) return undefined;
  return message.attempts > 0 ? { status: 'failed', reason: null } : { status: 'skipped', reason: 'too_late' };
}
