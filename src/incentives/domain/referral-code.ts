/** Digits and capitals without those that look alike: 0 and O, 1 and I. 32 of them, five bits each. */
const LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
const LENGTH = 10;

/** Stands where a code was forgotten with the person. */
export const ERASED_CODE = 'erased';

/** Octets of chance that a code takes. */
export const CODE_OCTETS = LENGTH;

/** A code of 50 random bits. @param octets {@link CODE_OCTETS} random ones */
export function referralCode(octets: Uint8Array): string {
  return Array.from({ length: LENGTH }, (_, i) => LETTERS.charAt((octets[i] ?? 0) & 31)).join('');
}

/** A code as people write it: case and blanks around it do not count. */
export function normaliseCode(text: string): string {
  return text.trim().toUpperCase();
}
