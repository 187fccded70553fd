import { totalmem } from 'node:os';

const MIB = 2 ** 20;

/**
 * Postgres' own cache, as its setting takes it: an eighth of the memory, which Postgres shares with the service and with
 * what else the machine does, from 128 MB to 1 GB. What is found there need not be handed over by the system and checked.
 *
 * @param bytes the memory of the machine, or of the container
 */
export function sharedBuffers(bytes: number): string {
  const eighth = Math.floor(bytes / 8 / MIB);
  return `${Math.min(Math.max(eighth, 128), 1024)}MB`;
}

/** The bytes of memory that this process and its children may have. */
export function memoryHere(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
