import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

let sequence = 0;

/** Random octets for many ids at once: asking the system for each costs more than all the rest of an id. */
const pool = new Uint8Array(16 * 256);
let taken = pool.length;

function random16(): Uint8Array {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  return pool.subarray(taken, (taken += 16));
}

/**
 * A UUID v7 stamped with `at` (the injected clock's time, not Node's), so that ids sort by the time of what they name
 * and big tables can be partitioned by id range. Ids made in one process for the same millisecond ascend.
 */
export function newId(at: Date): string {
  sequence = (sequence + 1) & 0x7fffffff;
  return v7({ msecs: at.getTime(), seq: sequence, random: random16() });
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Whether `value` has the form of a UUID; everything else in a `:ref` is a key. */
export function isUuid(value: string): boolean {
  return UUID.test(value);
}

/** Form of the keys of named resources: `a-z0-9-`, 64 characters at most. */
export const KEY_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,63})$/;
