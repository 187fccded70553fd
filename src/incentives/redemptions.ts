import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/config';
import { type Tx } from '../platform/database/database';
import { lockCoupons, redeem, takeOrders, writeUses } from './data/redemptions.sql';

/** One writer at a time: a later state of an order can never be overwritten by an earlier one. */
const REDEMPTIONS_LOCK = 7_264_117_032;

/** Which orders redeemed which coupons. */
@Injectable()
export class Redemptions {
  constructor(private readonly config: AppConfig) {}

  /**
   * Works off up to `limit` changes of orders that name codes, and returns how many; 0 when there are none or another process
   * is at it. Six statements, whatever the limit; two where none of the codes is ours.
   */
  async workOff(tx: Tx, limit: number): Promise<number> {
    const [lock] = await tx.query<{ free: boolean }>('select pg_try_advisory_xact_lock($1) as free', [
      REDEMPTIONS_LOCK,
    ]);
    if (!lock?.free) return 0;
    const taken = await tx.query<{ orderId: string }>(takeOrders(limit));
    if (taken.length === 0) return 0;
    const orderIds = [...new Set(taken.map(({ orderId }) => orderId))];
    const coupons = await tx.query<{ id: string }>(lockCoupons(orderIds));
    if (coupons.length > 0) {
      for (const statement of writeUses(orderIds, this.config.store.currency)) await tx.execute(statement);
      await tx.execute(redeem(coupons.map(({ id }) => id)));
    }
    return taken.length;
  }
}
