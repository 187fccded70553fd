/**
 * Whether an id is drawn into a holdout, as `holdoutDraw` draws it: the first 53 bits of the hash over 2^53 are less than
 * the share, that is, the hash is less than those bits of the share, byte by byte. `salt`, `id` and `below` are SQL; the
 * last is what {@link firstDrawNotBelow} gives for the share.
 */
export function heldOutByHashSql(salt: string, id: string, below: string): string {
  return `sha256(convert_to(${salt} || ':holdout:' || ${id}::text, 'UTF8')) < ${below}`;
}

/** The first 8 bytes of the least hash whose draw is not below a share < 1. */
export function firstDrawNotBelow(share: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(Math.ceil(share * 2 ** 53)) << 11n);
  return bytes;
}
