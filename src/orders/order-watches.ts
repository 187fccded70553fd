import { Injectable } from '@nestjs/common';
import { type Tx } from '../platform/database/database';
import { type ChangedCustomer } from './orders.types';

/** What a batch of facts about orders has changed. */
export interface ChangedOrders {
  orders: ReadonlyArray<{ id: string; customerId: string | null; couponCodes: readonly string[] }>;
  /** Whose orders they are now, and whose they were. */
  customers: readonly ChangedCustomer[];
}

/** Port: a module that works off changed orders later. Register in `onModuleInit`. */
export interface OrderWatch {
  /**
   * Takes note, in the transaction that changed the orders and after it wrote them: at most one cheap statement a batch,
   * because all intake waits for it. Intake of orders is one batch at a time (`LOCK_ORDERS_SQL`), which the transaction
   * holds by now: who changes what is watched takes the same lock, and misses nothing.
   *
   * @param at the clock's now
   */
  ordersChanged(tx: Tx, changed: ChangedOrders, at: Date): Promise<void>;
}

/** Held to the end of the transaction by whoever takes orders in. */
export const LOCK_ORDERS_SQL = `select pg_advisory_xact_lock(hashtextextended('ritorno.orders', 0))`;

/** Who hears of changed orders. */
@Injectable()
export class OrderWatches {
  private readonly watches: OrderWatch[] = [];

  register(watch: OrderWatch): void {
    this.watches.push(watch);
  }

  async tell(tx: Tx, changed: ChangedOrders, at: Date): Promise<void> {
    for (const watch of this.watches) await watch.ordersChanged(tx, changed, at);
  }
}
