import { Injectable } from '@nestjs/common';
import { fromMinor } from '../kernel/money';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable } from '../platform/database/database';
import { type Page, pageOf, type PageQuery } from '../platform/http/page';
import { decodeTimeCursor } from '../platform/http/time-cursor';
import { type OrderOrigin, type OrderStatus } from './orders.types';

/** An order as the API and the templates show it. Money as decimal strings in `currency`. */
export interface OrderView {
  id: string;
  externalId: string;
  customerId: string | null;
  placedAt: string;
  status: OrderStatus;
  origin: OrderOrigin;
  /** Whether it counts: paid, not cancelled, not fully refunded. */
  counting: boolean;
  currency: string;
  total: string;
  /** In the store's currency; null where the shop gave none. */
  storeTotal: string | null;
  discount: string;
  couponCodes: string[];
  refunded: string;
  fulfilledAt: string | null;
  deliveredAt: string | null;
  lines: OrderLineView[];
}

export interface OrderLineView {
  productExternalId: string;
  name: string | null;
  category: string | null;
  quantity: number;
  unitPrice: string;
}

interface Row {
  id: string;
  externalId: string;
  customerId: string | null;
  placedAt: Date;
  status: OrderStatus;
  origin: OrderOrigin;
  counting: boolean;
  currency: string;
  totalMinor: number;
  storeTotalMinor: number | null;
  discountMinor: number;
  couponCodes: string[];
  refundedMinor: number;
  fulfilledAt: Date | null;
  deliveredAt: Date | null;
  lines: Array<Omit<OrderLineView, 'unitPrice'> & { unitPrice: number }> | null;
}

export interface OrderFilter {
  externalId?: string;
  customerId?: string;
}

const COLUMNS = `o.id, o.external_id as "externalId", o.customer_id as "customerId", o.placed_at as "placedAt", o.status,
  o.origin, o.counting, o.currency, o.total_minor as "totalMinor", o.store_total_minor as "storeTotalMinor",
  o.discount_minor as "discountMinor", o.coupon_codes as "couponCodes", o.refunded_minor as "refundedMinor",
  o.fulfilled_at as "fulfilledAt", o.delivered_at as "deliveredAt",
  (select jsonb_agg(jsonb_build_object('productExternalId', l.product_external_id, 'name', l.name,
     'category', l.category, 'quantity', l.quantity, 'unitPrice', l.unit_price) order by l.position)
   from order_lines l where l.order_id = o.id) as lines`;

/** Reads orders. */
@Injectable()
export class OrdersService {
  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
  ) {}

  /** Orders with their lines, the latest placed first. */
  async list({ externalId, customerId }: OrderFilter, { limit, cursor }: PageQuery): Promise<Page<OrderView>> {
    const after = decodeTimeCursor(cursor);
    const rows = await this.database.query<Row>(
      `select ${COLUMNS} from orders o
       where ($1::text is null or o.external_id = $1) and ($2::uuid is null or o.customer_id = $2)
         and ($3::timestamptz is null or (o.placed_at, o.id) < ($3::timestamptz, $4::uuid))
       order by o.placed_at desc, o.id desc limit $5`,
      [externalId ?? null, customerId ?? null, after.at, after.id, limit + 1],
    );
    return pageOf(
      rows,
      limit,
      (row) => this.viewOf(row),
      (row) => [row.placedAt.toISOString(), row.id],
    );
  }

  /** Orders with their lines, by id, in one statement: what a mail about an order is rendered from. */
  async load(db: Queryable, orderIds: readonly string[]): Promise<Map<string, OrderView>> {
    if (orderIds.length === 0) return new Map();
    const rows = await db.query<Row>(`select ${COLUMNS} from orders o where o.id = any($1::uuid[])`, [orderIds]);
    return new Map(rows.map((row) => [row.id, this.viewOf(row)]));
  }

  private viewOf(row: Row): OrderView {
    const { totalMinor, storeTotalMinor, discountMinor, refundedMinor, lines, ...rest } = row;
    return {
      ...rest,
      placedAt: row.placedAt.toISOString(),
      fulfilledAt: row.fulfilledAt?.toISOString() ?? null,
      deliveredAt: row.deliveredAt?.toISOString() ?? null,
      total: fromMinor(totalMinor, row.currency),
      storeTotal: storeTotalMinor === null ? null : fromMinor(storeTotalMinor, this.config.store.currency),
      discount: fromMinor(discountMinor, row.currency),
      refunded: fromMinor(refundedMinor, row.currency),
      lines: (lines ?? []).map((line) => ({ ...line, unitPrice: priceText(line.unitPrice) })),
    };
  }
}

/** At least two decimals, at most four: 9.9 is "9.90", 0.125 is "0.125". */
function priceText(price: number): string {
  const fixed = price.toFixed(4).replace(/0{1,2}$/, '');
  return fixed;
}
