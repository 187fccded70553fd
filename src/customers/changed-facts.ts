/** Why facts about a customer changed; only `event`, `order`, `refund` and `time` may start campaigns. */
export type ChangeCause = 'event' | 'order' | 'refund' | 'time' | 'import' | 'merge';

/** The customer is new, gone, back, or has become one with another: all facts about it at once. */
export const WHOLE = 'whole';

/** Facts about a customer, or about all who have an address, that are no longer what they were. */
export type FactChange = ({ customerId: string } | { email: string }) & {
  /** Which: the name of a source of facts (`orders`), `consent`, `event:<type>`, or {@link WHOLE}. */
  facts: string;
  cause: ChangeCause;
  /** False for imports and for facts older than 72 hours: what follows from it starts nothing. */
  starts: boolean;
  /** The order behind it, for campaigns that start from what follows. */
  reference?: string | null;
};
