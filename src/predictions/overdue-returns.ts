import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FactChanges } from '../customers/fact-changes';
import { localDate } from '../kernel/local-time';
import { type ChangedOrders, type OrderWatch, OrderWatches } from '../orders/order-watches';
import { AppConfig } from '../platform/config/config';
import { type Tx } from '../platform/database/database';
import { takeOutReturned } from './data/predictions.sql';

/** The name by which changes of customers' own lapse thresholds are announced. */
export const OWN_LAPSE_FACTS = 'own_lapse';

/**
 * Who buys again is overdue no more, in the transaction that took the order in: no campaign meant for the overdue goes
 * out to somebody who ordered this morning. All else about their threshold follows at night.
 */
@Injectable()
export class OverdueReturns implements OrderWatch, OnModuleInit {
  constructor(
    private readonly changes: FactChanges,
    private readonly watches: OrderWatches,
    private readonly config: AppConfig,
  ) {}

  onModuleInit(): void {
    this.watches.register(this);
  }

  async ordersChanged(tx: Tx, { orders, customers }: ChangedOrders, at: Date): Promise<void> {
    if (customers.length === 0) return;
    const returned = new Set(
      await this.takeOut(
        tx,
        customers.map(({ customerId }) => customerId),
        at,
      ),
    );
    if (returned.size === 0) return;
    await this.changes.announce(tx, at, () =>
      customers
        .filter(({ customerId }) => returned.has(customerId))
        .map((customer) => ({
          ...customer,
          facts: OWN_LAPSE_FACTS,
          reference: orders.find(({ customerId }) => customerId === customer.customerId)?.id ?? null,
        })),
    );
  }

  /** Takes out whoever of these has ordered; the caller holds `LOCK_ORDERS_SQL`. */
  async takeOut(tx: Tx, customerIds: readonly string[], at: Date): Promise<string[]> {
    const { timezone } = this.config.store;
    const rows = await tx.query<{ customerId: string }>(
      takeOutReturned(customerIds, at, localDate(at, timezone), timezone),
    );
    return rows.map(({ customerId }) => customerId);
  }
}
