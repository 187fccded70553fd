import { type Reason } from '../../kernel/reasons';
import { type Basis } from '../../campaigns/campaign.types';

/** What is known of a person's mailability at an instant. */
export interface MailabilityFacts {
  email: string | null;
  /** The effective one: the shop's word under the person's own. */
  consentStatus: 'subscribed' | 'pending' | 'unsubscribed' | 'none';
  suppressed: { reason: string; at: Date } | null;
  erased: boolean;
  /** Whether the person has a counting order. */
  hasBought: boolean;
}

/**
 * Whether a person may be mailed on a basis: undefined if so, else the reason. Consent needs `subscribed`; soft opt-in
 * takes buyers too as long as they never objected; transactional mail ignores consent. Nothing ignores erasure, a
 * missing address or a suppression. The live engine, entry, the gate of the sender and explain all ask this function.
 */
export function mayMail(facts: MailabilityFacts, basis: Basis): Reason | undefined {
  if (facts.erased) return 'erased';
  if (facts.email === null) return 'invalid_address';
  if (facts.suppressed) return 'suppressed';
  if (basis === 'transactional') return undefined;
  if (facts.consentStatus === 'unsubscribed') return 'unsubscribed';
  if (facts.consentStatus === 'subscribed') return undefined;
  return basis === 'soft_opt_in' && facts.hasBought ? undefined : 'no_consent';
}

/** The values from which such a decision was taken, for explain: no address, only whether there is one. */
export function mailabilityValues(facts: MailabilityFacts, basis: Basis): Record<string, unknown> {
  return {
    basis,
    consentStatus: facts.consentStatus,
    hasAddress: facts.email !== null,
    hasBought: facts.hasBought,
    suppressed: facts.suppressed && { reason: facts.suppressed.reason, at: facts.suppressed.at.toISOString() },
  };
}
