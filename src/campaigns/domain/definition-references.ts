/**
 * What a definition refers to by name; whether it exists is asked of the modules that own it. A `host` is that of a webhook:
 * whether it may be called is asked of the outbox.
 */
export interface Reference {
  path: string;
  kind: 'template' | 'segment' | 'campaign' | 'survey' | 'couponPool' | 'host';
  ref: string;
}

/** A condition as sent; its grammar belongs to segments. */
export interface WrittenCondition {
  path: string;
  json: unknown;
}

/** Everything that reading a definition leaves to be looked up. */
export interface Named {
  references: Reference[];
  conditions: WrittenCondition[];
}
