import { Injectable } from '@nestjs/common';
import { newId } from '../kernel/ids';
import { AppConfig } from '../platform/config/config';
import { type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import * as sql from './data/ingest.sql';
import { OrderBatch, type ParkedMark, type RefundState } from './domain/order-batch';
import { type OrderState } from './domain/order-state';
import { LOCK_ORDERS_SQL, OrderWatches } from './order-watches';
import { type OrderBatchResult, type OrderOp } from './orders.types';

/** The one way in which orders, refunds and their marks come in. */
@Injectable()
export class OrderIngest {
  constructor(
    private readonly config: AppConfig,
    private readonly watches: OrderWatches,
  ) {}

  /**
   * Works off a batch of ops inside the caller's transaction: loads everything it can touch, decides in memory
   * (`domain/order-batch.ts`), writes back, and keeps `customer_orders`, the queue of changes and the revision. The
   * number of statements does not depend on the size of the batch. Ops take effect in the order of their versions; an
   * op that is repeated changes nothing.
   *
   * @param at the clock's now
   */
  async applyBatch(tx: Tx, ops: readonly OrderOp[], at: Date): Promise<OrderBatchResult> {
    if (ops.length === 0) return { orders: [], changedCustomers: [], firstCounted: [], marks: [] };
    // A refund and its order cannot miss each other: one batch at a time in the whole cluster.
    await tx.query(LOCK_ORDERS_SQL);
    const batch = await this.load(tx, ops, at);
    const result = batch.apply(ops);
    await this.save(tx, batch, at);
    const customers = result.changedCustomers.map(({ customerId }) => customerId);
    if (customers.length > 0) await this.recount(tx, customers);
    const changed = batch.changedOrders();
    if (changed.length > 0) {
      await this.announce(tx, changed, at);
      await this.watches.tell(tx, { orders: changed, customers: result.changedCustomers }, at);
    }
    const codes = batch.changedCodes();
    if (codes.length > 0) await tx.execute(sql.recordCodeChanges(codes, at));
    return result;
  }

  /** Counts the orders of customers anew, after their orders changed hands. */
  async recount(tx: Tx, customerIds: readonly string[]): Promise<void> {
    await tx.execute(sql.recountCustomers(customerIds, this.config.store.timezone));
  }

  /** Puts orders that changed into the queue that attribution works off. */
  async announce(tx: Tx, orders: ReadonlyArray<{ id: string; customerId: string | null }>, at: Date): Promise<void> {
    await tx.execute(sql.recordChanges(orders, at));
    await tx.execute(sql.RAISE_REVISION);
    await notifyDue(tx);
  }

  private async load(tx: Tx, ops: readonly OrderOp[], at: Date): Promise<OrderBatch> {
    const externalIds = [...new Set(ops.map((op) => op.externalId))];
    const orders = await tx.query<OrderState>(sql.loadOrders(externalIds));
    const refunds = await tx.query<RefundState>(
      sql.loadRefunds(
        orders.map(({ id }) => id),
        externalIds,
      ),
    );
    const parked = await tx.query<ParkedMark>(sql.loadParkedMarks(externalIds));
    const { currency } = this.config.store;
    return new OrderBatch({ orders, refunds, parked }, { storeCurrency: currency, now: at, makeId: () => newId(at) });
  }

  private async save(tx: Tx, batch: OrderBatch, at: Date): Promise<void> {
    const writes = batch.writes();
    if (writes.orders.length > 0) await tx.execute(sql.saveOrders(writes.orders, at));
    const replaced = writes.lines.filter(({ known, replace }) => known && replace).map(({ orderId }) => orderId);
    if (replaced.length > 0) await tx.execute(sql.deleteLines(replaced));
    if (writes.lines.some(({ lines }) => lines.length > 0)) await tx.execute(sql.insertLines(writes.lines));
    if (writes.refunds.length > 0) {
      await tx.execute(
        sql.saveRefunds(
          writes.refunds.map(() => newId(at)),
          writes.refunds,
          at,
        ),
      );
    }
    if (writes.parked.length > 0) await tx.execute(sql.parkMarks(writes.parked, at));
    if (writes.released.length > 0) await tx.execute(sql.releaseMarks(writes.released));
  }
}
