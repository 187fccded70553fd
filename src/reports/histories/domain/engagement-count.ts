import type { EngagementRow } from '../../domain/retention-rows';
import { Beside, ID_BYTES, viewOf } from './history-body';
import { IdTable } from './id-table';

const ENTRY_BYTES = ID_BYTES + 2;

type Counts = Array<Omit<EngagementRow, 'grp'>>;

/** Entries of 16 bytes of a customer's id and a period, in runs that ascend by id; 0 is the time before all periods. */
export class PeriodEntries {
  private readonly whole: Buffer[] = [];
  private entries = Buffer.alloc(64 * ENTRY_BYTES);
  private view = viewOf(this.entries);
  private length = 0;

  /** From here on customers come from the first again. */
  nextRun(): void {
    if (this.length > 0) this.whole.push(this.entries.subarray(0, this.length));
    this.entries = Buffer.alloc(64 * ENTRY_BYTES);
    this.view = viewOf(this.entries);
    this.length = 0;
  }

  add(body: Buffer, offset: number, period: number): void {
    if (this.length === this.entries.length) this.grow();
    const { view, length } = this;
    for (let i = 0; i < ID_BYTES; i += 4) view.setUint32(length + i, body.readUInt32BE(offset + i));
    view.setUint16(length + ID_BYTES, period);
    this.length += ENTRY_BYTES;
  }

  runs(): Buffer[] {
    return [...this.whole, this.entries.subarray(0, this.length)];
  }

  private grow(): void {
    this.entries = Buffer.concat([this.entries], 2 * this.length);
    this.view = viewOf(this.entries);
  }
}

/**
 * Mailable people by the period in which they came into being (by creation or first order, whichever was earlier), and those
 * who did something by the period in which they did.
 */
export class Engagement {
  private readonly people: IdTable;
  /** By person: when they came into being. What is too large is after all periods. */
  private readonly born: Uint16Array;
  /** A bit by person and period. */
  private readonly done: Uint8Array;
  private readonly bytesAPerson: number;

  /**
   * All lists are of entries of 16 bytes of id and 2 of a period.
   *
   * @param mailable whom a mail may be sent to, and when they were created; each once, ascending by id
   * @param engaged who did something, and when; as often as they did, in any order
   */
  constructor(
    private readonly mailable: Buffer,
    engaged: Buffer,
    private readonly periods: number,
  ) {
    this.people = new IdTable(mailable, ENTRY_BYTES);
    this.bytesAPerson = (periods >> 3) + 1;
    this.born = new Uint16Array(this.people.size);
    this.done = new Uint8Array(this.people.size * this.bytesAPerson);
    for (let person = 0; person < this.people.size; person++) {
      this.born[person] = mailable.readUInt16BE(person * ENTRY_BYTES + ID_BYTES);
    }
    this.each(engaged, ENTRY_BYTES, (person, at) => {
      const period = engaged.readUInt16BE(at);
      const place = person * this.bytesAPerson + (period >> 3);
      this.done[place] = (this.done[place] ?? 0) | (1 << (period & 7));
    });
  }

  /** When customers first ordered; each run ascending by id. Who did before they were created came into being then. */
  bornBy(firstOrders: readonly Buffer[]): void {
    for (const run of firstOrders) {
      const beside = new Beside(run, ENTRY_BYTES);
      for (let person = 0; person < this.people.size; person++) {
        if (!beside.find(this.mailable, person * ENTRY_BYTES)) continue;
        this.born[person] = Math.min(this.born[person] ?? 0, run.readUInt16BE(beside.start + ID_BYTES));
      }
    }
  }

  ofAll(): Counts {
    const counts = this.noCounts();
    for (let person = 0; person < this.people.size; person++) this.count(person, counts);
    return this.rows(counts);
  }

  /** By group, of entries of 16 bytes of id and 4 of the group's place. */
  ofGroups(members: Buffer): Map<number, Counts> {
    const groups = new Map<number, ReturnType<typeof this.noCounts>>();
    this.each(members, ID_BYTES + 4, (person, at) => {
      const place = members.readUInt32BE(at);
      const counts = groups.get(place) ?? this.noCounts();
      groups.set(place, counts);
      this.count(person, counts);
    });
    return new Map([...groups].map(([place, counts]) => [place, this.rows(counts)]));
  }

  /** Tells of each entry whose id is of a mailable person, with where what follows the id is. */
  private each(entries: Buffer, entryBytes: number, visit: (person: number, at: number) => void): void {
    const view = viewOf(entries);
    for (let at = 0; at < entries.length; at += entryBytes) {
      const person = this.people.find(view, at);
      if (person >= 0) visit(person, at + ID_BYTES);
    }
  }

  private count(person: number, counts: ReturnType<typeof this.noCounts>): void {
    const born = this.born[person] ?? 0;
    if (born > this.periods) return;
    counts.mailable[born] = (counts.mailable[born] ?? 0) + 1;
    for (let period = born; period <= this.periods; period++) {
      const byte = this.done[person * this.bytesAPerson + (period >> 3)] ?? 0;
      if (byte & (1 << (period & 7))) counts.engaged[period] = (counts.engaged[period] ?? 0) + 1;
    }
  }

  private noCounts(): { mailable: Float64Array; engaged: Float64Array } {
    return { mailable: new Float64Array(this.periods + 1), engaged: new Float64Array(this.periods + 1) };
  }

  private rows({ mailable, engaged }: ReturnType<typeof this.noCounts>): Counts {
    return [...mailable.keys()]
      .map((period) => ({ period, mailable: mailable[period] ?? 0, engaged: engaged[period] ?? 0 }))
      .filter((row) => row.mailable > 0 || row.engaged > 0);
  }
}
