import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type CustomerMerge,
  type PersonalData,
  PersonalDataOwners,
  type PersonalSubject,
} from '../customers/personal-data';
import { type Queryable, type Tx } from '../platform/database/database';
import { Outcomes } from './outcomes';

/**
 * Outcomes and credits name enrollments, orders and messages, never a person, so an erasure has nothing to take from them
 * and the figures of past experiments do not move. A merge brings orders and enrollments together that stood apart.
 */
@Injectable()
export class AttributionPersonalData implements PersonalData, OnModuleInit {
  readonly name = 'attribution';
  readonly tables = ['outcomes', 'credits', 'outcome_queue'];

  constructor(
    private readonly outcomes: Outcomes,
    private readonly owners: PersonalDataOwners,
  ) {}

  onModuleInit(): void {
    this.owners.register(this);
  }

  async export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    const outcomes = await db.query(
      `select x.enrollment_id as "enrollmentId", x.campaign_id as "campaignId", x.order_id as "orderId",
         x.placed_at as "placedAt"
       from orders o join outcomes x on x.order_id = o.id where o.customer_id = $1 order by x.placed_at, x.enrollment_id`,
      [customerId],
    );
    const credits = await db.query(
      `select k.order_id as "orderId", k.message_id as "messageId", k.model, k.kind, k.amount_minor as "amountMinor", k.at
       from orders o join credits k on k.order_id = o.id where o.customer_id = $1 order by k.id`,
      [customerId],
    );
    return { outcomes, credits };
  }

  async erase(): Promise<void> {
    // Nothing here identifies a person.
  }

  /** Orders and enrollments have been handed over upstream: their pairs are made anew. */
  async merge(tx: Tx, merges: readonly CustomerMerge[], at: Date): Promise<void> {
    await this.outcomes.revisit(
      tx,
      merges.map((merge) => merge.into),
      at,
    );
  }
}
