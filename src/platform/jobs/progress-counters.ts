import { Injectable } from '@nestjs/common';

/** What a call of the test clock reports, counted over the whole database before and after it. */
export type ProgressName =
  'entered' | 'steps' | 'messages.sent' | 'messages.skipped' | 'messages.heldOut' | 'messages.failed';

/** Modules register how their part of the answer of `POST /test-clock` is counted. */
@Injectable()
export class ProgressCounters {
  private readonly counters: Array<() => Promise<Partial<Record<ProgressName, number>>>> = [];

  register(count: () => Promise<Partial<Record<ProgressName, number>>>): void {
    this.counters.push(count);
  }

  async read(): Promise<Partial<Record<ProgressName, number>>> {
    const parts = await Promise.all(this.counters.map((count) => count()));
    return Object.assign({}, ...parts) as Partial<Record<ProgressName, number>>;
  }
}
