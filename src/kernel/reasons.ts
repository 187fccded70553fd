/**
 * Why a person was not mailed or not enrolled: one closed list for the refusals of campaigns and the rows of the send
 * ledger (`api.md` 8), so that a funnel adds up and nothing is silent. Not every one has a producer yet; the list is
 * part of the contract and does not grow with the features.
 */
export const REASONS = [
  'unsubscribed',
  'no_consent',
  'suppressed',
  'topic_off',
  'frequency_cap',
  'quiet_hours',
  'too_late',
  'outranked',
  'no_coupon',
  'no_recommendation',
  'not_in_audience',
  'entry_limit',
  'already_active',
  'campaign_paused',
  'campaign_archived',
  'exited',
  'invalid_address',
  'render_failed',
  'sending_paused',
  'on_hold',
  'blackout',
  'send_window',
  'paused_by_customer',
  'global_holdout',
  'erased',
] as const;
export type Reason = (typeof REASONS)[number];

/** Why an enrollment ended before its last step (`api.md` 8). */
export const EXIT_REASONS = [
  'goal',
  'exit_when',
  'unsubscribed',
  'erased',
  'archived',
  'exit_step',
  'moved',
  'removed',
] as const;
export type ExitReason = (typeof EXIT_REASONS)[number];

/** Whether stored text is one of {@link REASONS}. */
export function isReason(text: string): text is Reason {
  return (REASONS as readonly string[]).includes(text);
}
