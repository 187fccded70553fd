import { hash } from 'node:crypto';

/**
 * A uniform number in [0, 1) from a text: the first 8 bytes of its SHA-256, big-endian, shifted right by 11, over 2^53.
 * Anyone can recompute it (definitions, "Arms").
 */
export function uniform(text: string): number {
  const digest = hash('sha256', text, 'buffer');
  return (digest.readUInt32BE(0) * 2 ** 21 + (digest.readUInt32BE(4) >>> 11)) / 2 ** 53;
}

/** The draw of a customer for the control group of what `salt` belongs to: holdout if it is < the share. */
export function holdoutDraw(salt: string, customerId: string): number {
  return uniform(`${salt}:holdout:${customerId}`);
}

/** The draw of a customer at a split of the campaign that `salt` belongs to; the arm goes by cumulative weight. */
export function splitDraw(salt: string, stepKey: string, customerId: string): number {
  return uniform(`${salt}:split:${stepKey}:${customerId}`);
}
