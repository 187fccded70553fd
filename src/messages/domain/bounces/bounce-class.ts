import {
  EXPIRED,
  HOST_UNKNOWN,
  MOVED,
  NETWORK,
  NOT_IN_DIRECTORY,
  NULL_MX,
  RULES,
  SYSTEM,
  USER_UNKNOWN,
  USER_UNKNOWN_ABROAD,
} from './bounce-phrases';
import { type BounceClass, type BounceReason } from './bounce-kinds';

export type { BounceClass, BounceReason } from './bounce-kinds';

/** At which command of the SMTP dialogue the mail was refused, where that is known. */
export type SmtpStage = 'connect' | 'mail' | 'rcpt' | 'data';

/** What is known of one refusal. */
export interface Refused {
  /** Enhanced status code (RFC 3463), `5.1.1`; null where none is said. */
  status: string | null;
  /** SMTP reply code, 550. */
  reply: number | null;
  stage: SmtpStage | null;
  /** Whether it comes from a report for machines (RFC 3464), not from words alone. */
  reported: boolean;
  /** What the server said, one line. */
  said: string;
}

/** A server says what it has to say early; what comes after is not read, so that long answers cost no time. */
const LONGEST_READ = 4_000;

/** What a refusal means. Pure; `hard` only where the words say that the address is no more, or a code that means just that. */
export function classifyRefused(told: Refused): { class: BounceClass; reason: BounceReason } {
  const refused = { ...told, said: told.said.slice(0, LONGEST_READ) };
  const { said } = refused;
  const status = refused.status ?? '';
  const rule = RULES.find(({ codes, words }) => codes?.test(status) || words?.test(said));
  const gone = whoIsGone(refused);
  // Of a rule and "user unknown" in one answer the rule wins.
  if (rule) return { class: rule.class, reason: rule.reason };
  if (gone) return gone !== 'user_unknown' || isBelievable(refused) ? { class: 'hard', reason: gone } : FILTERED;
  if (NULL_MX.test(said)) return { class: 'soft', reason: 'no_mail_accepted' };
  if (EXPIRED.test(said) || /^[45]\.4\.7$/.test(status)) return { class: 'soft', reason: 'expired' };
  if (NETWORK.test(said) || /^[45]\.4\.\d+$/.test(status)) return { class: 'soft', reason: 'network' };
  if (SYSTEM.test(said) || /^[45]\.3\.\d+$/.test(status)) return { class: 'soft', reason: 'system' };
  if (/^[45]\.7\.\d+$/.test(status)) return { class: 'sender_fault', reason: 'policy' };
  return { class: 'soft', reason: 'undetermined' };
}

/** Whether "user unknown" comes from who knows the users. */
function isBelievable({ status, reply, stage, reported, said }: Refused): boolean {
  if (NOT_IN_DIRECTORY.test(said) || (status !== null && OF_THE_ADDRESS.test(status))) return true;
  if (stage === 'rcpt') return true;
  // Docomo's filter says "Unknown user" of everybody, after the whole mail; not all servers say at which command it was.
  return !/\bunknown user \S+@/i.test(said) && stage !== 'data' && reported && reply !== null;
}

const OF_THE_ADDRESS = /^5\.1\.(1|3|10)$/;
const FILTERED = { class: 'soft', reason: 'filtered' } as const;

function whoIsGone({ status, said }: Refused): 'user_unknown' | 'host_unknown' | 'moved' | undefined {
  if (MOVED.test(said) || status === '5.1.6') return 'moved';
  if ((HOST_UNKNOWN.test(said) && !/try again/i.test(said)) || status === '5.1.2') return 'host_unknown';
  if (USER_UNKNOWN.test(said) || USER_UNKNOWN_ABROAD.test(said)) return 'user_unknown';
  if (status !== null && OF_THE_ADDRESS.test(status)) return 'user_unknown';
  return undefined;
}
