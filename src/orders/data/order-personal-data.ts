import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type CustomerMerge,
  handOverRows,
  type PersonalData,
  PersonalDataOwners,
  type PersonalSubject,
} from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';
import { OrderIngest } from '../order-ingest';

/** Orders name their customer by id alone: figures stay as they are when a person is erased. */
@Injectable()
export class OrderPersonalData implements PersonalData, OnModuleInit {
  readonly name = 'orders';
  readonly tables = ['orders', 'customer_orders', 'order_changes'];

  constructor(
    private readonly owners: PersonalDataOwners,
    private readonly ingest: OrderIngest,
  ) {}

  onModuleInit(): void {
    this.owners.register(this);
  }

  async export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select o.external_id as "externalId", o.placed_at as "placedAt", o.status, o.currency, o.total_minor as "totalMinor",
         o.refunded_minor as "refundedMinor", o.discount_minor as "discountMinor", o.coupon_codes as "couponCodes",
         o.fulfilled_at as "fulfilledAt", o.delivered_at as "deliveredAt",
         (select coalesce(jsonb_agg(jsonb_build_object('productExternalId', l.product_external_id, 'name', l.name,
            'category', l.category, 'quantity', l.quantity, 'unitPrice', l.unit_price) order by l.position), '[]')
          from order_lines l where l.order_id = o.id) as lines,
         (select coalesce(jsonb_agg(jsonb_build_object('amount', r.amount, 'at', r.at) order by r.at), '[]')
          from refunds r where r.order_id = o.id) as refunds
       from orders o where o.customer_id = $1 order by o.placed_at, o.id`,
      [customerId],
    );
  }

  /** Orders stay as figures without a person. A coupon code may have been made for one person: only its use is kept. */
  async erase(tx: Tx, { customerId }: PersonalSubject): Promise<void> {
    await tx.execute(
      `update orders set coupon_codes = array_fill('erased'::text, array[cardinality(coupon_codes)])
       where customer_id = $1 and coupon_codes <> '{}'`,
      [customerId],
    );
  }

  async merge(tx: Tx, merges: readonly CustomerMerge[], at: Date): Promise<void> {
    const from = merges.map((merge) => merge.from);
    const into = merges.map((merge) => merge.into);
    const moved = await tx.query<{ id: string; customerId: string }>(
      `update orders o set customer_id = r.into_id
       from unnest($1::uuid[], $2::uuid[]) as r (from_id, into_id) where o.customer_id = r.from_id
       returning o.id, o.customer_id as "customerId"`,
      [from, into],
    );
    await tx.execute(`delete from customer_orders where customer_id = any($1::uuid[])`, [from]);
    await handOverRows(tx, merges, ['order_changes']);
    if (moved.length === 0) return;
    await this.ingest.recount(tx, [...new Set(into)]);
    await this.ingest.announce(tx, moved, at);
  }
}
