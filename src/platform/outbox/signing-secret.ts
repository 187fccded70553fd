import { randomBytes } from 'node:crypto';

/** How long the secret before the present one goes on signing, so that receivers can change over. */
export const SECRET_OVERLAP_MS = 24 * 3_600_000;

/** A secret of Standard Webhooks: `whsec_` and the base64 of 256 random bits. */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Whether a secret that somebody else has made can be used: `whsec_` and the base64 of 24 to 64 bytes. */
export function isSigningSecret(text: string): boolean {
  const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === base64;
}
