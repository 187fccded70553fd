import { ID_BYTES } from './history-body';

const ENTRY_BYTES = ID_BYTES + 2;

/** In which period each of many customers first ordered: in runs, each ascending by id, of 16 bytes of id and 2 of the period. */
export class FirstOrders {
  static readonly entryBytes = ENTRY_BYTES;
  private readonly whole: Buffer[] = [];
  private run = Buffer.alloc(64 * ENTRY_BYTES);
  private length = 0;

  /** From here on customers come from the first again. */
  nextRun(): void {
    if (this.length > 0) this.whole.push(this.run.subarray(0, this.length));
    this.run = Buffer.alloc(64 * ENTRY_BYTES);
    this.length = 0;
  }

  add(body: Buffer, offset: number, period: number): void {
    if (this.length === this.run.length) this.run = Buffer.concat([this.run], 2 * this.length);
    body.copy(this.run, this.length, offset, offset + ID_BYTES);
    this.run.writeUInt16BE(period, this.length + ID_BYTES);
    this.length += ENTRY_BYTES;
  }

  runs(): Buffer[] {
    return [...this.whole, this.run.subarray(0, this.length)];
  }
}
