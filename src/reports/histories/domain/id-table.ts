import { ID_BYTES, viewOf } from './history-body';

/** Finds entries by the id that each begins with, in whatever order they are asked for. Of an id there is one entry. */
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
    for (let place = 0; place < this.size; place++) {
      let slot = this.firstSlot(this.view, place * entryBytes);
      while (this.slots[slot]) slot = (slot + 1) & (this.slots.length - 1);
      this.slots[slot] = place + 1;
    }
  }

  /** The place of the entry with the id at `offset`, -1 when there is none. */
  find(other: DataView, offset: number): number {
    const { view, slots, entryBytes } = this;
    for (let slot = this.firstSlot(other, offset); ; slot = (slot + 1) & (slots.length - 1)) {
      const place = (slots[slot] ?? 0) - 1;
      if (place < 0 || sameId(view, place * entryBytes, other, offset)) return place;
    }
  }

  private firstSlot(view: DataView, offset: number): number {
    let hash = 0;
    for (let i = 0; i < ID_BYTES; i += 4)
      hash = Math.imul(hash ^ view.getUint32(offset + i), 0x9e3779b1) ^ (hash >>> 15);
    return (hash ^ (hash >>> 16)) & (this.slots.length - 1);
  }
}

function sameId(a: DataView, atA: number, b: DataView, atB: number): boolean {
  for (let i = ID_BYTES - 4; i >= 0; i -= 4) if (a.getUint32(atA + i) !== b.getUint32(atB + i)) return false;
  return true;
}
