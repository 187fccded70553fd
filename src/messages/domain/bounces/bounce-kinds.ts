/**
 * What a notice about a mail means for its recipient. `hard`: the address does not exist; never write there again.
 * `soft`: this recipient, this time. `message_fault`: this mail (size, content). `sender_fault`: us (authentication,
 * reputation, limits); neither of the two counts against the recipient. `delayed`: the server goes on trying.
 */
export type BounceClass =
  'hard' | 'soft' | 'message_fault' | 'sender_fault' | 'complaint' | 'auto_reply' | 'delayed' | 'not_a_bounce';

/** Why, in the words that operators use. */
export type BounceReason =
  | 'user_unknown'
  | 'host_unknown'
  | 'moved'
  | 'mailbox_full'
  | 'disabled'
  | 'filtered'
  | 'greylisted'
  | 'on_hold'
  | 'no_mail_accepted'
  | 'too_big'
  | 'spam'
  | 'virus'
  | 'content'
  | 'malformed'
  | 'authentication'
  | 'blocked'
  | 'no_reverse_dns'
  | 'relaying_denied'
  | 'sender_rejected'
  | 'policy'
  | 'rate_limited'
  | 'network'
  | 'expired'
  | 'system'
  | 'tls'
  | 'undetermined';
