import { parse } from 'lossless-json';

/** A run of digits that a double may not hold. Inside a text it only costs the slower parser. */
const LONG_NUMBER = /\d{16,}/;

/**
 * Parses a body so that 64-bit ids keep all their digits: whole numbers beyond 2^53 become text, everything else is as
 * with `JSON.parse`. The lossless parser is several times slower, so it is used only where a long number stands.
 *
 * @throws SyntaxError when the text is no JSON.
 */
export function parseJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? parse(text, null, readNumber) : (JSON.parse(text) as unknown);
}

function readNumber(text: string): unknown {
  const number = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? text : number;
}
