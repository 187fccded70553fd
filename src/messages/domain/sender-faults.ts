/** Why a sending domain is held back. */
export const PAUSE_REASONS = [
  'authentication',
  'no_reverse_dns',
  'blocked',
  'sender_rejected',
  'policy',
  'complaints',
  'hard_bounces',
  'refusals',
] as const;
export type PauseReason = (typeof PAUSE_REASONS)[number];

const ADVICE: Readonly<Record<PauseReason, string>> = {
  authentication:
    'Receivers find this mail unauthenticated. Check SPF, DKIM and DMARC of the domain (GET /api/v1/domain-health says what to publish), wait until DNS has taken it up, then resume.',
  no_reverse_dns:
    'The sending address has no reverse DNS (PTR), or one that does not lead back to it. Let whoever runs the relay set it, then resume.',
  blocked:
    'The domain or the sending address stands on a block list. The evidence names it: ask there for removal, find what brought you on it (bought or old addresses), then resume.',
  sender_rejected:
    'Receivers refuse the sender address: it must exist, and its domain must have MX and SPF records. Correct MAIL_FROM or the sender of the campaign, then resume.',
  policy:
    'Receivers refuse this sender by their policy. Read the evidence, follow the link that it names, then resume.',
  complaints:
    'Too many people call this mail spam: providers want less than 0.1 % and act at 0.3 %. Write only to people who asked for it and take out those who have not opened for long, then resume.',
  hard_bounces:
    'Too many addresses do not exist: the list is old, bought, or filled in by robots. Clean it, turn on double opt-in, then resume.',
  refusals:
    'Many mails are refused because of the sender, by more than one receiver. Read the evidence: it holds their words. Cure what they name, then resume.',
};

/** What to do about a pause, in words for the operator. A reason that is not ours gets the advice of `policy`. */
export function adviceFor(reason: string): string {
  return ADVICE[isPauseReason(reason) ? reason : 'policy'];
}

function isPauseReason(text: string): text is PauseReason {
  return (PAUSE_REASONS as readonly string[]).includes(text);
}

/**
 * Enhanced codes that speak of the whole sending domain, whoever the recipient: unauthenticated mail (RFC 7372 and
 * 5.7.26 of Gmail, 5.7.515 of Microsoft, 5.7.509 for DMARC), so that the next mail would be refused likewise.
 */
const GRAVE = /^[45]\.7\.(20|21|22|23|24|26|27|30|32|509|512|515)$/;

/**
 * Whether one such answer is enough to hold the domain back. Everything else that blames the sender (a block list of one
 * small server, its local policy) counts in the rate of refusals: see `judge-sender.ts`.
 */
export function pausesAtOnce(status: string | null): boolean {
  return status !== null && GRAVE.test(status);
}
