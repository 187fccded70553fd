import { domainToASCII } from 'node:url';

const LONGEST_ADDRESS = 254;
const LONGEST_LOCAL_PART = 64;
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
/** The same with letters, marks and digits of all scripts (RFC 6531, 6532). */
const INTERNATIONAL_LOCAL_PART =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~\p{L}\p{M}\p{N}-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~\p{L}\p{M}\p{N}-]+)*$/u;
const ASCII = /^[\x00-\x7f]*$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** What a domain may hold before it is mapped: the URL parser behind `domainToASCII` would decode `%61` and read ports. */
const DOMAIN_TEXT = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u;
/** Control characters of both ranges, line and paragraph separators: none may come near a header or the envelope. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * The one parser of e-mail addresses: everything that is stored, compared or mailed went through it.
 *
 * Trims, lower-cases, and turns an internationalised domain into its ASCII form (UTS-46). Addresses are compared and
 * returned in this form (`api.md` 3). A local part with other letters than ASCII's is kept in NFC; only servers that
 * offer SMTPUTF8 take mail for it, see {@link needsSmtpUtf8}.
 *
 * @returns the normalised address, or undefined for what we do not mail: no single `@`, control characters (CR, LF,
 *   NUL), spaces, quoted local parts, a domain without a dot or that is an IP address, more than 254 octets.
 */
export function normaliseAddress(text: string): string | undefined {
  if (CONTROL.test(text)) return undefined;
  const trimmed = text.trim();
  const at = trimmed.indexOf('@');
  if (at < 1 || at !== trimmed.lastIndexOf('@')) return undefined;
  const local = trimmed.slice(0, at);
  const plain = ASCII.test(local) ? asciiLocalPart(local) : internationalLocalPart(local);
  if (plain === undefined) return undefined;
  const domain = asciiDomain(trimmed.slice(at + 1));
  if (domain === undefined) return undefined;
  const address = `${plain}@${domain}`;
  return Buffer.byteLength(address) > LONGEST_ADDRESS ? undefined : address;
}

/** Whether mail for an address needs a server with SMTPUTF8: its local part is not ASCII. */
export function needsSmtpUtf8(address: string): boolean {
  return !ASCII.test(address);
}

function asciiLocalPart(local: string): string | undefined {
  return local.length <= LONGEST_LOCAL_PART && LOCAL_PART.test(local) ? local.toLowerCase() : undefined;
}

function internationalLocalPart(local: string): string | undefined {
  // The Kelvin sign would become an ASCII k, and the address that of somebody else.
  for (const character of local) if (!ASCII.test(character) && /[\x00-\x7f]/.test(mapped(character))) return undefined;
  const plain = mapped(local);
  if (Buffer.byteLength(plain) > LONGEST_LOCAL_PART || mapped(plain) !== plain) return undefined;
  return INTERNATIONAL_LOCAL_PART.test(plain) ? plain : undefined;
}

function mapped(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC');
}

/** A domain name in lower case, its ASCII form by UTS-46; undefined for what is none: one label, an IP address, a fault. */
export function asciiDomain(text: string): string | undefined {
  if (!DOMAIN_TEXT.test(text)) return undefined;
  const lower = text.toLowerCase();
  // Nearly all domains are ASCII already, and the mapping costs far more than the test.
  const ascii = /^[a-z0-9.-]+$/.test(lower) && !lower.includes('xn--') ? lower : domainToASCII(lower);
  const labels = ascii.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || /^\d+$/.test(last) || !labels.every((label) => LABEL.test(label))) return undefined;
  return ascii;
}
