import { type SendOutcome } from '../../platform/mail/send-outcome';

/** Codes of a destination that wants less of us: Gmail's 4.7.28, Microsoft's 4.7.500 to 4.7.699, and 4.7.708 / 5.7.708. */
const LESS = /\b4\.7\.(28|5\d\d|6\d\d|708)\b|\b5\.7\.708\b/;

/** The server's words where an outcome asks for a slower pace, undefined otherwise: 421 at any command, or a code for it. */
export function pushBackOf(outcome: SendOutcome): string | undefined {
  if (outcome.kind === 'unsent' && outcome.busy) return outcome.detail;
  return outcome.kind === 'refused' && LESS.test(outcome.reply) ? outcome.reply : undefined;
}
