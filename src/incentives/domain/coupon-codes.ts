import { type Fault } from '../../kernel/errors';

/** Digits and capitals that nobody takes for one another: without 0 O, 1 I L, 2 Z, 5 S, 8 B, U V. 23 of them. */
export const CODE_ALPHABET = '34679ACDEFGHJKMNPQRTWXY';
/** Letters of the random part: 14 of 23 are 63 bits. */
export const GENERATED_LENGTH = 14;

/** Codes that one call may bring, and their length: what a shop's till can be given to type. */
export const MOST_CODES = 100_000;
export const LONGEST_CODE = 64;
export const LONGEST_PREFIX = 16;

/** Random octets of a source that cannot be foreseen. */
export type RandomOctets = (count: number) => Uint8Array;

/** Octets from here on are drawn again, so that every letter is equally likely. */
const FAIR_BELOW = 256 - (256 % CODE_ALPHABET.length);
const CODE = /^[\x21-\x7e\u00a1-\u{10ffff}]+$/u;
const PREFIX = /^[A-Z0-9_-]*$/;

/** `count` different codes that cannot be guessed: the prefix and {@link GENERATED_LENGTH} random letters. */
export function generateCodes(prefix: string, count: number, random: RandomOctets): string[] {
  const codes = new Set<string>();
  while (codes.size < count) for (const letters of draw(count - codes.size, random)) codes.add(prefix + letters);
  return [...codes];
}

function draw(count: number, random: RandomOctets): string[] {
  const drawn: string[] = [];
  let letters = '';
  while (drawn.length < count) {
    for (const octet of random(Math.min(65_536, (count - drawn.length) * GENERATED_LENGTH))) {
      if (octet >= FAIR_BELOW) continue;
      letters += CODE_ALPHABET.charAt(octet % CODE_ALPHABET.length);
      if (letters.length < GENERATED_LENGTH) continue;
      drawn.push(letters);
      letters = '';
    }
  }
  return drawn.slice(0, count);
}

/** A prefix as it will stand in the codes; undefined for one that codes cannot have. */
export function readPrefix(prefix: string): string | undefined {
  const capitals = prefix.trim().toUpperCase();
  return capitals.length <= LONGEST_PREFIX && PREFIX.test(capitals) ? capitals : undefined;
}

/**
 * Codes as a shop sends them, trimmed, and what is wrong with each (`codes[3]`). Two that differ in case alone are the same
 * one, as they are to whoever types them. A hundred faults are told at most.
 */
export function readCodes(raw: readonly unknown[]): { codes: string[]; faults: Fault[] } {
  const faults: Fault[] = [];
  const first = new Map<string, number>();
  const codes = raw.map((one, index) => {
    const code = typeof one === 'string' ? one.trim() : '';
    const before = first.get(code.toUpperCase());
    const fault = faultOf(one, code) ?? (before === undefined ? undefined : `is the same as codes[${before}]`);
    if (fault !== undefined && faults.length < 100) faults.push({ path: `codes[${index}]`, message: fault });
    if (before === undefined) first.set(code.toUpperCase(), index);
    return code;
  });
  return { codes, faults };
}

function faultOf(raw: unknown, code: string): string | undefined {
  if (typeof raw !== 'string') return 'must be text';
  if (code === '') return 'is empty';
  if (code.length > LONGEST_CODE) return `must have at most ${LONGEST_CODE} characters`;
  return CODE.test(code) && !/\s/u.test(code) ? undefined : 'must not have blanks or control characters';
}
