import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type FactChange } from '../customers/changed-facts';
import { FactChanges, type FactWatch } from '../customers/fact-changes';
import { type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { queueTouches, WATCHED } from './data/membership.sql';

/** Hears of changed facts that some segment of the shop asks about, and queues the customers to be judged again. */
@Injectable()
export class SegmentTouches implements FactWatch, OnModuleInit {
  constructor(private readonly changes: FactChanges) {}

  onModuleInit(): void {
    this.changes.register(this);
  }

  async watched(tx: Tx): Promise<ReadonlySet<string>> {
    const [row] = await tx.query<{ asks: string[] }>(WATCHED);
    return new Set(row?.asks);
  }

  async note(tx: Tx, changes: readonly FactChange[], at: Date): Promise<void> {
    const once = new Map(changes.map((change) => [JSON.stringify(change), change]));
    await tx.execute(queueTouches([...once.values()], at));
    await notifyDue(tx);
  }
}
