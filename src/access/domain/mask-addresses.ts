/** Anything that reads as an e-mail address, generously: what is masked in vain costs less than an address that stays. */
const ADDRESS = /[^\s@<>"'`(),;:=/\\[\]{}|]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}\p{N}-]{2,63}/gu;

/**
 * The value with every e-mail address in its texts and names replaced by `mask(address in lower case)`, so that what is
 * kept for ever holds nobody's address and still tells one from another.
 */
export function maskAddresses(value: unknown, mask: (address: string) => string): unknown {
  if (typeof value === 'string') {
    return value.includes('@') ? value.replace(ADDRESS, (address) => mask(address.toLowerCase())) : value;
  }
  if (Array.isArray(value)) return value.map((entry) => maskAddresses(entry, mask));
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [maskAddresses(name, mask), maskAddresses(entry, mask)]),
  );
}
