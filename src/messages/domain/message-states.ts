export const MESSAGE_STATUSES = [
  'queued',
  'claimed',
  'sending',
  'sent',
  'deferred',
  'failed',
  'bounced',
  'skipped',
  'held_out',
  'uncertain',
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** Events in the life of a message. */
export type MessageEvent =
  /** A worker takes it, with a lease and a token; nothing is on the wire. */
  | 'claim'
  /** The late gate opens: from here on it may be with the server. */
  | 'open'
  /** Given back as it was: a pause, a stop, a lost connection, a lease that ran out before the gate. */
  | 'release'
  /** The server said "later" (4xx), or it was certainly lost after the gate. */
  | 'defer'
  /** The server took it over. */
  | 'accept'
  /** The server said "never" (5xx), or its usefulness ended in retries. */
  | 'refuse'
  /** It must not or need not be sent, with a reason. */
  | 'skip'
  /** The final dot was written and no answer came, or the worker died past the gate. */
  | 'lose'
  /** It has been seen to have arrived: an open, a click, a provider's event, a person's word. */
  | 'prove'
  /** A person says: send it again. */
  | 'retry'
  /** The address turned it back later. */
  | 'bounce';

/**
 * The life of a message: every write to the ledger takes its new status, and the statuses from which it is allowed, from
 * here. Stands as a diagram in docs/architecture.md; a test holds the two together.
 */
export const MESSAGE_TRANSITIONS: Readonly<Record<MessageStatus, Partial<Record<MessageEvent, MessageStatus>>>> = {
  queued: { claim: 'claimed', skip: 'skipped' },
  deferred: { claim: 'claimed', skip: 'skipped' },
  claimed: { open: 'sending', release: 'queued', defer: 'deferred', refuse: 'failed', skip: 'skipped' },
  sending: { accept: 'sent', defer: 'deferred', refuse: 'failed', lose: 'uncertain' },
  uncertain: { prove: 'sent', retry: 'queued', bounce: 'bounced' },
  sent: { bounce: 'bounced' },
  bounced: {},
  failed: {},
  skipped: {},
  held_out: {},
};

/** The status that `event` leads to from `from`; undefined when it cannot happen there. */
export function afterMessageEvent(from: MessageStatus, event: MessageEvent): MessageStatus | undefined {
  return MESSAGE_TRANSITIONS[from][event];
}

/** From which statuses `event` leads to `to`: what the guard of a statement allows. */
export function statusesBefore(event: MessageEvent, to: MessageStatus): MessageStatus[] {
  return MESSAGE_STATUSES.filter((status) => MESSAGE_TRANSITIONS[status][event] === to);
}
