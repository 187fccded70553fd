import { type Reason } from '../../kernel/reasons';
import { type Basis } from '../../campaigns/campaign.types';
import { type SuppressionScope } from '../../customers/suppressions';
import { type Choices, isTopicOn, pausedUntil } from '../../customers/wishes';

/** What is known of a person's mailability at an instant. */
export interface MailabilityFacts {
  email: string | null;
  /** The effective one: the shop's word under the person's own. */
  consentStatus: 'subscribed' | 'pending' | 'unsubscribed' | 'none';
  /** Without a scope: of all mail. */
  suppressed: { reason: string; at: Date; scope?: SuppressionScope } | null;
  erased: boolean;
  /** Whether the person has a counting order. */
  hasBought: boolean;
  /** What the person and the shop said about topics, and the person about a pause. Absent: nobody said anything. */
  choices?: Choices;
}

/** What is to be mailed: on which ground, and about what. */
export interface MailPlan {
  basis: Basis;
  /** Key of the topic; absent: a mail about nothing that could be switched off. */
  topic?: string | null | undefined;
}

/**
 * Whether a person may be mailed now: undefined if so, else the reason. Consent needs `subscribed`; soft opt-in takes
 * buyers too as long as they never objected; then the person's own pause and topics count. Transactional mail ignores
 * all of these, and a suppression of marketing mail. Nothing ignores erasure, a missing address or a suppression of all mail. The live engine, entry, the gate of the
 * sender and explain all ask this function.
 */
export function mayMail(facts: MailabilityFacts, { basis, topic }: MailPlan, now: Date): Reason | undefined {
  if (facts.erased) return 'erased';
  if (facts.email === null) return 'invalid_address';
  if (facts.suppressed && !(basis === 'transactional' && facts.suppressed.scope === 'marketing')) return 'suppressed';
  if (basis === 'transactional') return undefined;
  if (facts.consentStatus === 'unsubscribed') return 'unsubscribed';
  if (facts.consentStatus !== 'subscribed' && !(basis === 'soft_opt_in' && facts.hasBought)) return 'no_consent';
  const { choices } = facts;
  if (!choices) return undefined;
  const until = pausedUntil(choices.wishes);
  if (until !== null && until > now) return 'paused_by_customer';
  return topic && !isTopicOn(topic, choices) ? 'topic_off' : undefined;
}

/** The values from which such a decision was taken, for explain: no address, only whether there is one. */
export function mailabilityValues(facts: MailabilityFacts, { basis, topic }: MailPlan): Record<string, unknown> {
  const until = facts.choices && pausedUntil(facts.choices.wishes);
  return {
    basis,
    consentStatus: facts.consentStatus,
    hasAddress: facts.email !== null,
    hasBought: facts.hasBought,
    suppressed: facts.suppressed && { ...facts.suppressed, at: facts.suppressed.at.toISOString() },
    ...(until ? { pausedUntil: until.toISOString() } : {}),
    ...(topic ? { topic, topicOn: !facts.choices || isTopicOn(topic, facts.choices) } : {}),
  };
}
