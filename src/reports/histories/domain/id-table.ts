import { ID_BYTES, viewOf } from './history-body';

/** Finds entries by the id that each begins with, in whatever order they stand; of several with one id, the first. */
export class IdTable {
  readonly size: number;
  private readonly view: DataView;
  /** Places of entries from 1, by the hash of their id; 0 is free. At most half are taken. */
  private readonly slots: Int32Array;

  constructor(
    entries: Buffer,
    private readonly entryBytes: number,
  ) {
    this.view = viewOf(entries);
    this.size = entries.length / entryBytes;
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.size + 2)));
  }

  /** Makes the entry at `place` one that is found, unless one with its id is already; the place of the one that is. */
  add(place: number): number {
    const slot = this.slotOf(this.view, place * this.entryBytes);
    const taken = (this.slots[slot] ?? 0) - 1;
    if (taken >= 0) return taken;
    this.slots[slot] = place + 1;
    return place;
  }

  /** The place of the entry with the id at `offset`, -1 when none was added. */
  find(other: DataView, offset: number): number {
    return (this.slots[this.slotOf(other, offset)] ?? 0) - 1;
  }

  /** Where the entry with that id is, or where it would be put. */
  private slotOf(other: DataView, offset: number): number {
    const { view, slots, entryBytes } = this;
    let hash = 0;
    for (let i = 0; i < ID_BYTES; i += 4)
      hash = Math.imul(hash ^ other.getUint32(offset + i), 0x9e3779b1) ^ (hash >>> 15);
    const mask = slots.length - 1;
    let slot = (hash ^ (hash >>> 16)) & mask;
    for (;;) {
      const place = (slots[slot] ?? 0) - 1;
      if (place < 0 || sameId(view, place * entryBytes, other, offset)) return slot;
      slot = (slot + 1) & mask;
    }
  }
}

function sameId(a: DataView, atA: number, b: DataView, atB: number): boolean {
  for (let i = ID_BYTES - 4; i >= 0; i -= 4) if (a.getUint32(atA + i) !== b.getUint32(atB + i)) return false;
  return true;
}
