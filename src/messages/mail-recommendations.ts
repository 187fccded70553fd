import { Injectable } from '@nestjs/common';
import { Recommendations } from '../catalog/recommendations';
import { type RecommendedProduct } from '../catalog/catalog.types';
import { Database } from '../platform/database/database';
import { type ClaimedRow } from './data/claim-messages.sql';

/** The products that mails recommend. */
@Injectable()
export class MailRecommendations {
  constructor(
    private readonly database: Database,
    private readonly recommendations: Recommendations,
  ) {}

  /**
   * By message id, for the messages whose step asks for products. An empty list means that neither the strategy nor its
   * fallback found any: such a mail is not sent.
   */
  async load(rows: readonly ClaimedRow[]): Promise<Map<string, RecommendedProduct[]>> {
    const asking = rows.flatMap(({ id, customerId, triggerOrderId, recommend }) =>
      recommend && customerId !== null ? [{ id, request: { ...recommend, customerId, orderId: triggerOrderId } }] : [],
    );
    if (asking.length === 0) return new Map();
    const found = await this.recommendations.forCustomers(
      this.database,
      asking.map((one) => one.request),
    );
    return new Map(asking.map((one, at) => [one.id, found[at] ?? []]));
  }
}
