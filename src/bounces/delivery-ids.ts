import { Injectable } from '@nestjs/common';
import { type Tx } from '../platform/database/database';

/** Longer than any stamp of a provider is good, and than a mail lies between commit and move. */
const KEPT_MS = 30 * 86_400_000;
const LONGEST = 300;

/** Ids of deliveries that were worked off, so that one that comes again has no effect. */
@Injectable()
export class DeliveryIds {
  /** Whether an id is new; it is remembered for 30 days if the transaction commits. Another that brings it waits. */
  async isNew(tx: Tx, key: string, now: Date): Promise<boolean> {
    await tx.execute('delete from mail_deliveries where at < $1', [new Date(now.getTime() - KEPT_MS)]);
    const rows = await tx.query(
      'insert into mail_deliveries (key, at) values ($1, $2) on conflict (key) do nothing returning 1',
      [key.slice(0, LONGEST), now],
    );
    return rows.length > 0;
  }
}
