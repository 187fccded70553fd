import { toMinor } from '../../kernel/money';
import { type ReferralRules } from '../loyalty.types';

/** The first order of a person, and the code it came with. */
export interface FirstOrder {
  orderId: string;
  placedAt: Date;
  storeTotalMinor: number | null;
  /** Whether it counts, refunds left aside: when all of it is given back it ends, see `endedAt`. */
  paid: boolean;
  /** When it was refunded in full. */
  endedAt: Date | null;
}

/** Who owns the code. Null: nobody does (any more). */
export interface Referrer {
  id: string;
  email: string | null;
}

type ReferralRefusal = 'self_referral' | 'same_address' | 'below_minimum' | 'not_counting';

/** What becomes of a code that somebody's first order carried. */
export type ReferralVerdict = { status: 'rewarded' } | { status: 'refused'; reason: ReferralRefusal };

/** The rule of referrals: who is rewarded for whom. */
export function judgeReferral(
  referred: { id: string; email: string | null },
  referrer: Referrer,
  order: FirstOrder,
  rules: ReferralRules,
  currency: string,
): ReferralVerdict {
  const refused = (reason: ReferralRefusal): ReferralVerdict => ({ status: 'refused', reason });
  if (referrer.id === referred.id) return refused('self_referral');
  if (sameMailbox(referrer.email, referred.email)) return refused('same_address');
  if (!order.paid) return refused('not_counting');
  const { minimumOrder } = rules;
  if (minimumOrder !== null && (order.storeTotalMinor ?? 0) < toMinor(minimumOrder, currency)) {
    return refused('below_minimum');
  }
  return { status: 'rewarded' };
}

/** Whether mail to both ends in one mailbox: what stands after a plus is a label, case does not count. */
export function sameMailbox(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && mailbox(a) === mailbox(b);
}

function mailbox(address: string): string {
  const [local = '', domain = ''] = address.toLowerCase().split('@');
  return `${local.split('+', 1)[0] ?? ''}@${domain}`;
}
