/** Whoever got ten mails or more and has not clicked, ordered or done anything on the site for 180 days. */
export const UNENGAGED = 'unengaged';

/**
 * Built in and not editable: the stages, those whose consent is in force, and the unengaged. Whoever enters one is told to
 * campaigns.
 */
export const BUILT_IN_SEGMENTS = ['prospect', 'recent', 'repeat', 'lapsed', 'subscribed', UNENGAGED] as const;

/** What `POST` and `PUT /segments` take. */
export interface SegmentDraft {
  key: string;
  name: string;
  /** As in `api.md` 5, not yet checked. */
  condition: unknown;
}

/** How far the members of one of the shop's segments have been found out since it was made or changed. */
export interface MembershipProgress {
  /** `waiting` for what was under way to end, `filling`: customers are gone through, `ready`: kept by facts and time. */
  status: 'waiting' | 'filling' | 'ready';
  /** Customers looked at, of how many. */
  done: number;
  total: number;
}

/** A segment as the API shows it. */
export interface SegmentView {
  id: string;
  key: string;
  name: string;
  condition: unknown;
  builtIn: boolean;
  version: number;
  /** Null for the built-in ones. */
  createdAt: string | null;
  updatedAt: string | null;
  /** Null for the built-in ones, and for `unengaged` until a campaign begins by it. */
  membership: MembershipProgress | null;
}

/** Who a condition would mean now. */
export interface SegmentPreview {
  /** Customers it holds for; deleted and erased ones are in no segment. */
  count: number;
  /** Those of them to whom marketing mail may go. */
  mailable: number;
  /** The newest of them. */
  sampleIds: string[];
}
