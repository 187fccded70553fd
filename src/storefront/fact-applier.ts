import { Injectable } from '@nestjs/common';
import { CatalogIngest } from '../catalog/catalog-ingest';
import { CustomerEvents } from '../customers/customer-events';
import { CustomerIngest } from '../customers/customer-ingest';
import { type CustomerOp, type CustomerOpResult } from '../customers/customers.types';
import { OrderIngest } from '../orders/order-ingest';
import { type OrderBatchResult, type OrderOp } from '../orders/orders.types';
import { type Tx } from '../platform/database/database';
import { Stages, type StageTouchRequest } from '../segments/stages';
import { refundsOfOrders } from './data/ingest.sql';
import {
  countedEvents,
  eventsOfFact,
  inOrderOfTime,
  type KnownRefund,
  markEvents,
  refundEvents,
} from './domain/customer-log';
import { customerOp, type Fact, orderOp, productOp, startsSomething } from './domain/fact';
import { ShopRequests } from './shop-requests';

/** Whom a fact was about. */
export interface Applied {
  customerId: string | null;
  /** Erased before, or by this very fact: nothing of what was told may be kept. */
  erased: boolean;
}

/** An op with the place of its fact in the batch. */
type Placed<Op> = Array<{ index: number; op: Op }>;

/**
 * Applies a batch of facts down the chain, in sets: customers, orders, products, the customers' log, stages, and last
 * what the law demands (export, erasure). The number of statements does not depend on the size of the batch.
 */
@Injectable()
export class FactApplier {
  constructor(
    private readonly customers: CustomerIngest,
    private readonly orders: OrderIngest,
    private readonly catalog: CatalogIngest,
    private readonly events: CustomerEvents,
    private readonly stages: Stages,
    private readonly requests: ShopRequests,
  ) {}

  /**
   * Applies facts inside the caller's transaction. The same facts in any order and any number of times end in the same
   * state. Throws only for what is no fault of a fact's form: the caller isolates the fact and keeps it as failed.
   *
   * @param at the clock's now
   * @returns whom each fact was about, at its index
   */
  async apply(tx: Tx, facts: readonly Fact[], at: Date): Promise<Applied[]> {
    const people = await this.applyCustomers(tx, facts, at);
    const { result, places } = await this.applyOrders(tx, facts, people, at);
    await this.catalog.applyBatch(
      tx,
      facts.flatMap((fact) => productOp(fact) ?? []),
      at,
    );
    const orderOf = new Map(places.map((index, i) => [index, result.orders[i] ?? null]));
    await this.log(tx, facts, people, orderOf, result, at);
    await this.touchStages(tx, facts, people, result, at);
    const redacted = await this.requests.handle(tx, facts, at);
    return facts.map(({ envelope }, i) => ({
      customerId: people.get(i)?.customerId ?? orderOf.get(i)?.customerId ?? redacted.get(i) ?? null,
      erased: envelope.kind === 'redact' || (people.get(i)?.erased ?? false),
    }));
  }

  private async applyCustomers(tx: Tx, facts: readonly Fact[], at: Date): Promise<Map<number, CustomerOpResult>> {
    const placed: Placed<CustomerOp> = facts.flatMap((fact, index) => {
      const op = customerOp(fact);
      return op ? [{ index, op: { ...op, starts: startsSomething(fact, fact.envelope.occurredAt, at) } }] : [];
    });
    const results = await this.customers.applyBatch(
      tx,
      placed.map(({ op }) => op),
      at,
    );
    return new Map(placed.flatMap(({ index }, i) => (results[i] ? [[index, results[i]] as const] : [])));
  }

  private async applyOrders(
    tx: Tx,
    facts: readonly Fact[],
    people: ReadonlyMap<number, CustomerOpResult>,
    at: Date,
  ): Promise<{ result: OrderBatchResult; places: number[] }> {
    const placed: Placed<OrderOp> = facts.flatMap((fact, index) => {
      const op = orderOp(fact, people.get(index)?.customerId ?? null, at);
      return op ? [{ index, op }] : [];
    });
    const result = await this.orders.applyBatch(
      tx,
      placed.map(({ op }) => op),
      at,
    );
    return { result, places: placed.map(({ index }) => index) };
  }

  private async log(
    tx: Tx,
    facts: readonly Fact[],
    people: ReadonlyMap<number, CustomerOpResult>,
    orderOf: ReadonlyMap<number, { orderId: string } | null>,
    result: OrderBatchResult,
    at: Date,
  ): Promise<void> {
    const own = facts.flatMap((fact, i) => {
      const person = people.get(i);
      return eventsOfFact(
        fact,
        {
          customerId: person?.customerId ?? null,
          orderId: orderOf.get(i)?.orderId ?? null,
          consentSubscribed: person?.consentSubscribed ?? false,
        },
        at,
      );
    });
    const orderIds = [...new Set(facts.flatMap((fact, i) => (fact.silent ? [] : (orderOf.get(i)?.orderId ?? []))))];
    const refunds = orderIds.length === 0 ? [] : await tx.query<KnownRefund>(refundsOfOrders(orderIds));
    const derived = [...countedEvents(result.firstCounted), ...markEvents(result.marks, at), ...refundEvents(refunds)];
    await this.events.record(tx, inOrderOfTime([...own, ...derived]), at);
  }

  private async touchStages(
    tx: Tx,
    facts: readonly Fact[],
    people: ReadonlyMap<number, CustomerOpResult>,
    result: OrderBatchResult,
    at: Date,
  ): Promise<void> {
    const counted = new Map(result.firstCounted.map(({ customerId, orderId }) => [customerId, orderId]));
    const touches: StageTouchRequest[] = result.changedCustomers.map((change) => ({
      ...change,
      orderId: counted.get(change.customerId) ?? null,
    }));
    for (const [index, person] of people) {
      const fact = facts[index];
      const { customerId } = person;
      if (!fact || customerId === null) continue;
      const starts = startsSomething(fact, fact.envelope.occurredAt, at);
      if (person.created) touches.push({ customerId, cause: fact.silent ? 'import' : 'created', starts });
      for (const { into } of person.merged) touches.push({ customerId: into, cause: 'merge', starts: false });
    }
    await this.stages.touch(tx, touches, at);
  }
}
