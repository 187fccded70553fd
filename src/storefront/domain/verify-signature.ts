import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far a Standard Webhooks time stamp may lie from now, either way. Both ends are still good. */
const TOLERANCE_SECONDS = 300;

/** Headers of a request, names in lower case. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** What a signature is judged by: the raw bytes, never a parsed and printed body. */
export interface SignedRequest {
  headers: Headers;
  body: Buffer;
}

/**
 * Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, in `webhook-signature` as `v1,<base64>`, several separated
 * by spaces. One good pair of signature and secret suffices, so that both sides can rotate. Secrets are base64, with
 * or without the prefix `whsec_`.
 *
 * @param now the instant by which the time stamp is judged (five minutes either way).
 */
export function verifyStandard(request: SignedRequest, secrets: readonly string[], now: Date): boolean {
  const id = request.headers['webhook-id'];
  const stamp = request.headers['webhook-timestamp'];
  const given = request.headers['webhook-signature'];
  if (!id || !given || !stamp || !/^\d{1,12}$/.test(stamp)) return false;
  if (Math.abs(Math.floor(now.getTime() / 1000) - Number(stamp)) > TOLERANCE_SECONDS) return false;
  const signatures = given.split(' ').flatMap((part) => (part.startsWith('v1,') ? [part.slice(3)] : []));
  return someSecret(secrets, (secret) => {
    const mac = createHmac('sha256', standardKey(secret)).update(`${id}.${stamp}.`).update(request.body);
    const expected = mac.digest('base64');
    return signatures.map((signature) => equal(signature, expected)).includes(true);
  });
}

/** Shopify: base64 of HMAC-SHA256 over the raw body, the secret taken as text. */
export function verifyShopify(request: SignedRequest, secrets: readonly string[]): boolean {
  return verifyBody(request.body, request.headers['x-shopify-hmac-sha256'], secrets);
}

/** WooCommerce: the same construction under its own header. */
export function verifyWooCommerce(request: SignedRequest, secrets: readonly string[]): boolean {
  return verifyBody(request.body, request.headers['x-wc-webhook-signature'], secrets);
}

function verifyBody(body: Buffer, given: string | undefined, secrets: readonly string[]): boolean {
  if (!given) return false;
  return someSecret(secrets, (secret) => equal(given, createHmac('sha256', secret).update(body).digest('base64')));
}

/** Tries every secret even after a hit, so that the time does not tell which one was good. */
function someSecret(secrets: readonly string[], good: (secret: string) => boolean): boolean {
  return secrets.map((secret) => good(secret)).includes(true);
}

/** The key bytes of a Standard Webhooks secret. */
export function standardKey(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
}

/** Compares in constant time. The length of a digest is no secret: one of another length is wrong at once. */
function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
