const DIGITS = 'abcdefghijklmnopqrstuvwxyz234567';

/** RFC 4648 base32 in lower case, without padding: for places that do not keep capitals, such as mail addresses. */
export function toBase32(octets: Uint8Array): string {
  let text = '';
  let held = 0;
  let bits = 0;
  for (const octet of octets) {
    held = ((held << 8) | octet) & 0xfff;
    for (bits += 8; bits >= 5;) {
      bits -= 5;
      text += DIGITS.charAt((held >> bits) & 31);
    }
  }
  return bits > 0 ? text + DIGITS.charAt((held << (5 - bits)) & 31) : text;
}

/** The octets behind a text of {@link toBase32}, in capitals or not; undefined for any other spelling. */
export function fromBase32(text: string): Buffer | undefined {
  const lower = text.toLowerCase();
  const octets = Buffer.alloc(Math.floor((lower.length * 5) / 8));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const character of lower) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0) return undefined;
    held = ((held << 5) | digit) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      octets[at++] = (held >> bits) & 0xff;
    }
  }
  return toBase32(octets) === lower ? octets : undefined;
}
