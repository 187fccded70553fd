import type { EngagementRow } from '../../domain/retention-rows';
import { Beside, ID_BYTES, viewOf } from './history-body';
import { IdTable } from './id-table';

const ENTRY_BYTES = ID_BYTES + 2;
const MEMBER_BYTES = ID_BYTES + 4;

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

/** In which periods people did something. */
export class DoneByPeriod {
  private readonly people: IdTable;
  /** A bit by person and period. */
  private readonly bits: Uint8Array;
  private readonly bytesAPerson: number;

  /** @param engaged 16 bytes of id, 2 of the period: as often as something was done, in any order */
  constructor(
    engaged: Buffer,
    readonly periods: number,
  ) {
    this.people = new IdTable(engaged, ENTRY_BYTES);
    this.bytesAPerson = (periods >> 3) + 1;
    this.bits = new Uint8Array(this.people.size * this.bytesAPerson);
    const view = viewOf(engaged);
    for (let entry = 0; entry < this.people.size; entry++) {
      const period = view.getUint16(entry * ENTRY_BYTES + ID_BYTES);
      const place = this.people.add(entry) * this.bytesAPerson + (period >> 3);
      this.bits[place] = (this.bits[place] ?? 0) | (1 << (period & 7));
    }
  }

  /** Who has the id at `offset`, as {@link did} takes it; negative for who did nothing, of whom it is not asked. */
  person(view: DataView, offset: number): number {
    return this.people.find(view, offset);
  }

  did(person: number, period: number): boolean {
    return ((this.bits[person * this.bytesAPerson + (period >> 3)] ?? 0) & (1 << (period & 7))) !== 0;
  }
}

/** Lists of entries that ascend by id: 16 bytes of it and then what is told. */
export interface Mailable {
  /** Whom a mail may be sent to, each once, and when they were created (2 bytes: the period; what is too large is later). */
  people: Buffer;
  /** When customers first ordered (2 bytes: the period). Who did before they were created came into being then. */
  firstOrders: readonly Buffer[];
  /** Who is in which group (4 bytes: the group's place), where groups are asked for. */
  members?: Buffer | undefined;
}

/**
 * Mailable people by the period in which they came into being, and those who did something by the period in which they
 * did: of all, and of each group that anybody is in.
 */
export function engagementCounts(
  { people, firstOrders, members = Buffer.alloc(0) }: Mailable,
  done: DoneByPeriod,
): { all: Counts; groups: Map<number, Counts> } {
  const orders = firstOrders.map((run) => ({ first: viewOf(run), beside: new Beside(run, ENTRY_BYTES) }));
  const places = viewOf(members);
  const inGroups = new Beside(members, MEMBER_BYTES);
  const view = viewOf(people);
  const all = new EngagementTally(done);
  const groups = new Map<number, EngagementTally>();
  for (let offset = 0; offset < people.length; offset += ENTRY_BYTES) {
    let born = view.getUint16(offset + ID_BYTES);
    for (const { first, beside } of orders) {
      if (beside.find(people, offset)) born = Math.min(born, first.getUint16(beside.start + ID_BYTES));
    }
    if (born > done.periods) continue;
    const person = done.person(view, offset);
    all.add(person, born);
    inGroups.find(people, offset);
    for (let at = inGroups.start; at < inGroups.end; at += MEMBER_BYTES) {
      const place = places.getUint32(at + ID_BYTES);
      const own = groups.get(place) ?? new EngagementTally(done);
      groups.set(place, own);
      own.add(person, born);
    }
  }
  return { all: all.rows(), groups: new Map([...groups].map(([place, tally]) => [place, tally.rows()])) };
}

class EngagementTally {
  private readonly mailable: Float64Array;
  private readonly engaged: Float64Array;

  constructor(private readonly done: DoneByPeriod) {
    this.mailable = new Float64Array(done.periods + 1);
    this.engaged = new Float64Array(done.periods + 1);
  }

  add(person: number, born: number): void {
    const { done, mailable, engaged } = this;
    mailable[born] = (mailable[born] ?? 0) + 1;
    if (person < 0) return;
    for (let period = born; period <= done.periods; period++) {
      if (done.did(person, period)) engaged[period] = (engaged[period] ?? 0) + 1;
    }
  }

  rows(): Counts {
    return [...this.mailable.keys()]
      .map((period) => ({ period, mailable: this.mailable[period] ?? 0, engaged: this.engaged[period] ?? 0 }))
      .filter((row) => row.mailable > 0 || row.engaged > 0);
  }
}
