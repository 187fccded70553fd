import { Injectable } from '@nestjs/common';
import { fromMinor, minorDigits } from '../kernel/money';
import { AppConfig } from '../platform/config/config';
import { type Queryable } from '../platform/database/database';
import {
  customerVariables,
  type CustomerVariablesRow,
  eventVariables,
  type EventVariablesRow,
  orderLineVariables,
  orderVariables,
  type LineRow,
  type OrderVariablesRow,
  productVariables,
  type ProductVariablesRow,
} from './data/variables.sql';
import { couponOfEvent } from './domain/coupon-variables';
import { boundedObject } from './domain/bounded-values';
import { eventLines } from './domain/event-lines';
import { type ReferralLink } from '../incentives/referral-codes';
import { ReferralVariables } from './referral-variables';
import { type LineVariables, type RenderVariables, type VariablesRequest } from './templates.types';

/** Where the service serves the pictures of the shipped mails. */
const MAIL_ASSETS_PATH = '/assets/mails';

type OrderVariables = NonNullable<RenderVariables['order']>;
type EventVariables = NonNullable<RenderVariables['event']>;

/** Loads what templates name, for many messages at once: a statement per kind of thing, by primary keys only. */
@Injectable()
export class RenderVariablesLoader {
  constructor(
    private readonly config: AppConfig,
    private readonly referrals: ReferralVariables,
  ) {}

  /**
   * The variables of each request, in their order: customer, order with lines and event as they are now, in `db` (a
   * transaction or the database). A customer, order or event that does not exist is left out; its variables are empty.
   */
  async load(db: Queryable, requests: readonly VariablesRequest[]): Promise<RenderVariables[]> {
    const events = await this.events(db, requests);
    const orderOf = (request: VariablesRequest): string | null =>
      request.orderId ?? (request.eventId ? (events.get(request.eventId)?.reference ?? null) : null);
    const customers = await this.customers(db, requests);
    const orders = await this.orders(db, requests.map(orderOf));
    const referrals = await this.referrals.load(db, requests);
    return requests.map((request) => {
      const orderId = orderOf(request);
      const order = orderId === null ? undefined : orders.get(orderId);
      const event = request.eventId ? events.get(request.eventId)?.variables : undefined;
      const coupon = request.coupon ?? (event && couponOfEvent(event));
      return {
        ...this.surroundings(request),
        customer: this.customer(customers.get(request.customerId ?? ''), referrals.get(request.customerId ?? '')),
        ...(order ? { order } : {}),
        ...(event ? { event } : {}),
        ...(coupon ? { coupon } : {}),
        ...(request.recommendations ? { recommendations: [...request.recommendations] } : {}),
        ...(request.survey ? { survey: request.survey } : {}),
      };
    });
  }

  private surroundings(request: VariablesRequest): Pick<RenderVariables, 'store' | 'links' | 'locale'> {
    const { store, publicUrl } = this.config;
    return {
      store: {
        name: store.name,
        address: store.address,
        currency: store.currency,
        locale: store.locale,
        url: store.url,
      },
      links: { ...request.links, assets: publicUrl + MAIL_ASSETS_PATH },
      locale: store.locale,
    };
  }

  private async customers(
    db: Queryable,
    requests: readonly VariablesRequest[],
  ): Promise<Map<string, CustomerVariablesRow>> {
    const ids = distinct(requests.map((request) => request.customerId));
    const rows = ids.length === 0 ? [] : await db.query<CustomerVariablesRow>(customerVariables(ids));
    return new Map(rows.map((row) => [row.id, row]));
  }

  private customer(
    row: CustomerVariablesRow | undefined,
    referral: ReferralLink | undefined,
  ): RenderVariables['customer'] {
    return {
      firstName: row?.first_name ?? null,
      lastName: row?.last_name ?? null,
      email: row?.email ?? null,
      locale: row?.locale ?? null,
      stage: row?.stage ?? null,
      tags: row?.tags ?? [],
      points: row ? (row.points ?? 0) : null,
      tier: row?.tier ?? null,
      attributes: boundedObject(row?.attributes ?? {}),
      orders: {
        count: row?.orders ?? 0,
        total: fromMinor(row?.total_minor ?? 0, this.config.store.currency),
        lastAt: row?.last_at?.toISOString() ?? null,
      },
      referral: { code: referral?.code ?? null, url: referral?.url ?? null },
    };
  }

  private async orders(db: Queryable, wanted: ReadonlyArray<string | null>): Promise<Map<string, OrderVariables>> {
    const ids = distinct(wanted);
    if (ids.length === 0) return new Map();
    const rows = await db.query<OrderVariablesRow>(orderVariables(ids));
    const lines = new Map<string, LineRow[]>(rows.map((row) => [row.id, []]));
    for (const line of await db.query<LineRow>(orderLineVariables(ids))) lines.get(line.order_id)?.push(line);
    return new Map(
      rows.map((row) => [
        row.id,
        {
          externalId: row.external_id,
          placedAt: row.placed_at.toISOString(),
          total: fromMinor(row.total_minor, row.currency),
          currency: row.currency,
          lines: (lines.get(row.id) ?? []).map((line) => lineOf(line, row.currency)),
        },
      ]),
    );
  }

  private async events(
    db: Queryable,
    requests: readonly VariablesRequest[],
  ): Promise<Map<string, { variables: EventVariables; reference: string | null }>> {
    const ids = distinct(requests.map((request) => request.eventId ?? null));
    if (ids.length === 0) return new Map();
    const rows = await db.query<EventVariablesRow>(eventVariables(ids));
    const lines = rows.map((row) => eventLines(row.properties));
    const products = await this.products(db, distinct(lines.flat().map((line) => line.productExternalId)));
    return new Map(
      rows.map((row, i) => {
        const known = (lines[i] ?? []).map((line): LineVariables => {
          const product = products.get(line.productExternalId);
          return {
            ...line,
            name: line.name ?? product?.name ?? null,
            category: line.category ?? product?.category ?? null,
            url: product?.url ?? null,
            imageUrl: product?.image_url ?? null,
          };
        });
        const variables = { type: row.type, properties: boundedObject(row.properties), lines: known };
        return [row.id, { variables, reference: row.reference }];
      }),
    );
  }

  private async products(db: Queryable, externalIds: string[]): Promise<Map<string, ProductVariablesRow>> {
    if (externalIds.length === 0) return new Map();
    const rows = await db.query<ProductVariablesRow>(productVariables(externalIds));
    return new Map(rows.map((row) => [row.external_id, row]));
  }
}

function lineOf(row: LineRow, currency: string): LineVariables {
  return {
    name: row.name,
    productExternalId: row.product_external_id,
    category: row.category,
    quantity: Number(row.quantity),
    unitPrice: row.unit_price === null ? null : unitPrice(row.unit_price, currency),
    url: row.url,
    imageUrl: row.image_url,
  };
}

/** Four decimals as stored, without zeros beyond the currency's own digits: "10.0000" is "10.00", "0.0450" "0.045". */
function unitPrice(stored: string, currency: string): string {
  const [whole = '0', fraction = ''] = stored.split('.');
  const kept = fraction.replace(/0+$/, '').padEnd(minorDigits(currency), '0');
  return kept === '' ? whole : `${whole}.${kept}`;
}

function distinct(ids: ReadonlyArray<string | null>): string[] {
  return [...new Set(ids.filter((id): id is string => id !== null))];
}
