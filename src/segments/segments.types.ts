/** Built in and not editable: the stages, and those whose consent is in force. Whoever enters one is told to campaigns. */
export const BUILT_IN_SEGMENTS = ['prospect', 'recent', 'repeat', 'lapsed', 'subscribed'] as const;

/** What `POST` and `PUT /segments` take. */
export interface SegmentDraft {
  key: string;
  name: string;
  /** As in `api.md` 5, not yet checked. */
  condition: unknown;
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
