import { type SmtpStage } from './bounce-class';

/** Where a notice ends and the mail that it is about begins. */
const ORIGINAL_BEGINS = [
  /^[\s>]*-+\s*(this is a copy of|copy of (the|your)|original message|below this line|unsent message|returned message|transcript of message|message header|forwarded message|returned mail|header of the)/im,
  /^[\s>]*(-+\s*)?(original (message|mail) (as )?follows|message headers? follow|below is a copy of|the (original|following) (message|mail) (is|was|follows)|here is (a copy|your message)|returned message follows|---- original|original mail)/im,
  /^[\s>]*(return-path|received|x-original-to|delivered-to|dkim-signature):\s/im,
];

const ADDRESS = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*/gu;

/** The notice itself, without the mail that it carries. */
export function noticeOf(text: string): string {
  const ends = ORIGINAL_BEGINS.map((begin) => text.search(begin)).filter((at) => at > 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}

/** Addresses in a text, in order, lower-cased, each once. */
export function addressesIn(text: string): string[] {
  const found = [...text.matchAll(ADDRESS)].map(([address]) => address.replace(/^[.'*/]+|\.$/g, '').toLowerCase());
  return [...new Set(found)];
}

/** The part of a notice that speaks of one recipient: from its first mention to that of the next one. */
export function partAbout(recipient: string, others: readonly string[], notice: string): string {
  const low = notice.toLowerCase();
  const from = low.indexOf(recipient);
  if (from < 0 || others.length === 0) return notice;
  const nexts = others.map((other) => low.indexOf(other, from + recipient.length)).filter((at) => at > from);
  const until = nexts.length === 0 ? notice.length : Math.min(...nexts);
  // What was said before the first of all is said of all.
  return notice.slice(from, until);
}

/** The replies of a transcript, each with the command that it answers. */
export function repliesIn(transcript: string): Array<{ stage: SmtpStage | null; said: string }> {
  const replies: Array<{ stage: SmtpStage | null; said: string }> = [];
  let stage: SmtpStage | null = null;
  for (const line of transcript.split(/\r?\n/)) {
    const sent = /^\s*>>>\s*(\S+)/.exec(line);
    const got = /^\s*<<<\s*(.*)/.exec(line);
    if (sent) stage = stageOf(sent[1] ?? '');
    else if (got) replies.push({ stage, said: got[1] ?? '' });
  }
  return replies;
}

function stageOf(command: string): SmtpStage | null {
  if (/^(data|\.|bdat)/i.test(command)) return 'data';
  if (/^rcpt/i.test(command)) return 'rcpt';
  if (/^mail/i.test(command)) return 'mail';
  return /^(helo|ehlo|quit|starttls)/i.test(command) ? 'connect' : null;
}

/** At which command a mail was refused, by what is said in words. */
export function stageSaid(text: string): SmtpStage | null {
  if (
    /(in reply to|after|did not like our|error on|response to|at) (the )?(end of )?(data|message)\b|\bend of data\b|\[data\]|smtp command data/i.test(
      text,
    )
  )
    return 'data';
  if (
    /(in reply to|after|did not like our|response to) (the )?rcpt|progress was rcpt|smtp:rcpt|\[rcpt_to\]|does not like recipient/i.test(
      text,
    )
  )
    return 'rcpt';
  if (/(in reply to|after|did not like our|response to) (the )?mail from|sender was rejected/i.test(text))
    return 'mail';
  return /initial connection|while connecting|(in reply to|after) (helo|ehlo)/i.test(text) ? 'connect' : null;
}

/** The most telling enhanced status code of a text: one that says more than `5.0.0`. */
export function statusIn(text: string): string | null {
  const replied = /(?<![\d.])[45]\d\d[ -]'?#?([45]\.\d{1,3}\.\d{1,3})(?![\d.])/.exec(text)?.[1];
  if (replied !== undefined && !/^\d\.0\.0$/.test(replied)) return replied;
  const codes = [...text.matchAll(/(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])/g)].map(([, code]) => code ?? '');
  return codes.find((code) => !/^\d\.0\.0$/.test(code)) ?? codes[0] ?? null;
}

/** The SMTP reply code that a text speaks of. */
export function replyIn(text: string): number | null {
  const found = /(?<![\d.@#-])([45][0-5]\d)(?=[ -])(?![ -]?bytes)/.exec(text);
  return found ? Number(found[1]) : null;
}

/** One line. */
export function flat(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
