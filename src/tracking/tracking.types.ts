/** What a person, or a machine, did with a mail. */
export type HitKind = 'open' | 'click' | 'unsubscribe';

/** One request on a link of a mail, as it is kept. */
export interface Hit {
  /** UUID v7 of its reception: a hit that is written twice (replayed) is one. */
  id: string;
  messageId: string;
  kind: HitKind;
  /** Number of the link in the mail; clicks only. */
  linkIndex: number | null;
  at: Date;
  machine: boolean;
  /** The rule by which it was called a machine; null for people. */
  rule: string | null;
  /** Version of the rules that judged it. */
  ruleVersion: number;
  userAgent: string | null;
  method: string;
  /** Where an unsubscribe was made: `one_click`, `page`, `preferences`. */
  source?: string;
}

/** What the record says to a hit. */
export interface RecordedHit {
  /** False: there is no such message, or no such link in it, and nothing was recorded. */
  known: boolean;
  /** Clicks: where the stored message says that the link leads, with the campaign's parameters. */
  url: string | null;
}
