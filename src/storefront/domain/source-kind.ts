import { type Fault } from '../../kernel/errors';
import { type SignedRequest, standardKey, verifyShopify, verifyStandard, verifyWooCommerce } from './verify-signature';

/** The three ways a shop can speak to us. */
export const SOURCE_KINDS = ['generic', 'shopify', 'woocommerce'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** Whether the raw request was signed with one of the source's secrets, by the rules of its kind. */
export function verifyRequest(
  kind: SourceKind,
  request: SignedRequest,
  secrets: readonly string[],
  now: Date,
): boolean {
  if (secrets.length === 0) return false;
  switch (kind) {
    case 'generic':
      return verifyStandard(request, secrets, now);
    case 'shopify':
      return verifyShopify(request, secrets);
    case 'woocommerce':
      return verifyWooCommerce(request, secrets);
    default: {
      const never: never = kind;
      throw new TypeError(`unknown kind of source ${String(never)}`);
    }
  }
}

const SHORTEST_KEY_BYTES = 16;
const SHORTEST_TEXT = 8;
const LONGEST = 255;

/**
 * What is wrong with a secret that a shop brings along. A generic one must be base64 of at least 16 bytes (with or
 * without `whsec_`); the others are text that the shop made up, of 8 characters or more.
 */
export function secretFaults(kind: SourceKind, secret: string): Fault[] {
  const fault = (message: string): Fault[] => [{ path: 'secret', message }];
  if (secret.length > LONGEST) return fault(`must have ${LONGEST} characters or fewer`);
  if (kind === 'generic') {
    const base64 = /^[A-Za-z0-9+/]+={0,2}$/.test(secret.replace(/^whsec_/, ''));
    if (base64 && standardKey(secret).length >= SHORTEST_KEY_BYTES) return [];
    return fault(`must be whsec_ and base64 of ${SHORTEST_KEY_BYTES} bytes or more`);
  }
  return secret.length >= SHORTEST_TEXT ? [] : fault(`must have ${SHORTEST_TEXT} characters or more`);
}
