import { type ChangeCause } from '../../customers/changed-facts';

/** A customer as a segment's condition judges it, beside what was known before. */
export interface Judged {
  customerId: string;
  holds: boolean;
  /** Whether the customer was a member. */
  member: boolean;
  /** When it was to be looked at again. */
  lookAt: Date | null;
  /** When it is to be looked at again. */
  nextLookAt: Date | null;
}

/** Why a customer is judged; `fill`: because the segment is new or was changed. */
export interface MembershipReason {
  cause: ChangeCause | 'fill';
  /** Whether the fact behind it may start campaigns. */
  starts: boolean;
  /** The order behind it. */
  reference: string | null;
  /** When what follows took place. */
  at: Date;
}

/** An entering or leaving that campaigns are told about. */
export interface SegmentNews {
  customerId: string;
  entered: boolean;
  reason: MembershipReason;
}

export interface Decided {
  changes: Array<{ customerId: string; at: Date; entered: boolean; cause: MembershipReason['cause'] }>;
  looks: Array<{ customerId: string; at: Date | null }>;
  news: SegmentNews[];
}

const TELLING: ReadonlyArray<MembershipReason['cause']> = ['event', 'order', 'refund', 'time'];

/**
 * What is to be written: only what is different from before. Imports, merges and fills change who is a member and tell
 * nobody, so that they never start a flood.
 */
export function decideMemberships(
  judged: readonly Judged[],
  reasonOf: (customerId: string) => MembershipReason,
): Decided {
  const decided: Decided = { changes: [], looks: [], news: [] };
  for (const { customerId, holds, member, lookAt, nextLookAt } of judged) {
    if (lookAt?.getTime() !== nextLookAt?.getTime()) decided.looks.push({ customerId, at: nextLookAt });
    if (holds === member) continue;
    const reason = reasonOf(customerId);
    decided.changes.push({ customerId, at: reason.at, entered: holds, cause: reason.cause });
    if (reason.starts && TELLING.includes(reason.cause)) decided.news.push({ customerId, entered: holds, reason });
  }
  return decided;
}
