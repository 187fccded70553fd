/** How far a mail had come: where it was refused or lost. */
export type SendStage = 'connect' | 'envelope' | 'gate' | 'body' | 'dot';

/**
 * What became of a mail that was handed to the pool.
 *
 * - `accepted`: the server took it over (2xx after the final dot).
 * - `refused`: the server said no, with its own words; `permanent` for 5xx, `ofRecipient` where it was said to RCPT TO: of the
 *   address alone, not of the sender or the mail.
 * - `withheld`: the late gate said no; the server has accepted nothing.
 * - `unsent`: lost or refused for reasons that lie in the connection, certainly before the final dot was written. It may
 *   be tried again without any risk. `busy` where the server said 421: it asks for less, and says nothing of this mail.
 * - `withdrawn`: given back before any connection had taken it up.
 * - `uncertain`: the final dot was written (or may have been) and no answer came. Nobody knows.
 */
export type SendOutcome =
  | { kind: 'accepted'; reply: string }
  | { kind: 'refused'; permanent: boolean; code: number; reply: string; stage: SendStage; ofRecipient?: true }
  | { kind: 'withheld' }
  | { kind: 'unsent'; stage: SendStage; detail: string; busy?: true }
  | { kind: 'withdrawn' }
  | { kind: 'uncertain'; detail: string };

/** "Service not available, closing transmission channel" (RFC 5321, 4.2.2), at whatever command. */
const CLOSING = 421;
/** Replies that speak of the session, not of this mail: authentication and encryption wanted. */
const SESSION_CODES = new Set([530, 534, 535, 538]);

/**
 * Reads a failed send. The error codes of nodemailer do not tell "dropped in the body" from "dropped after the dot", so
 * the stage, which our own body stream knows, decides.
 *
 * @param code the server's reply code, 0 when there was none
 * @param command that it answered, as nodemailer names it
 */
export function outcomeOfFailure(stage: SendStage, code: number, reply: string, command?: string): SendOutcome {
  if (code === CLOSING) return { kind: 'unsent', stage, detail: reply, busy: true };
  const answered = code >= 400 && code <= 599;
  if (stage === 'dot') {
    return answered
      ? { kind: 'refused', permanent: code >= 500, code, reply, stage }
      : { kind: 'uncertain', detail: reply };
  }
  if (answered && !SESSION_CODES.has(code)) {
    const refused = { kind: 'refused', permanent: code >= 500, code, reply, stage } as const;
    return command === 'RCPT TO' ? { ...refused, ofRecipient: true } : refused;
  }
  return { kind: 'unsent', stage, detail: reply };
}

/**
 * What becomes of a mail whose recipient's address needs SMTPUTF8 (RFC 6531, 3.5) where it is not offered; nothing was
 * sent. `permanent`: by no relay; else one of them could not be asked.
 */
export function noSmtpUtf8(permanent: boolean): SendOutcome {
  const [code, reply] = permanent
    ? [553, '553 5.6.7 the address needs SMTPUTF8, which no mail server of SMTP_URL offers']
    : [453, '453 4.6.7 the address needs SMTPUTF8, which no mail server of SMTP_URL that can be reached offers'];
  return { kind: 'refused', permanent, code, reply, stage: 'envelope' };
}

/** Controls other than tab and line ends: no reply has them, and the database takes no NUL in a text. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** What a server said, as it can be kept: one that answers with garbage must not keep its outcome from being written. */
export function keptWords(said: string): string {
  return said.replace(CONTROLS, '\ufffd');
}
