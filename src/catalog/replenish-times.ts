import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { localDate, nextLocalTime } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import * as sql from './data/replenish.sql';
import { typicalGap } from './domain/typical-gap';
import {
  type DaysOf,
  REPLENISH_SCOPES,
  type ReplenishOrder,
  replenishmentOf,
  type Replenishment,
  ReplenishPast,
  type ReplenishSpell,
} from './replenishment';

export type { ReplenishQuestion } from './data/replenish.sql';

/** When the shop is quiet, in its own zone. */
const NIGHTLY = '03:00';

/** After how many days products are typically bought again: worked out every night in which orders have changed. */
@Injectable()
export class ReplenishTimes {
  private readonly zone: string;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    config: AppConfig,
  ) {
    this.zone = config.store.timezone;
  }

  /** When the times are worked out next; null while they are those of the present orders. */
  async nextRunAt(): Promise<Date | null> {
    return this.dueAt(await this.state(this.database));
  }

  /** Works all times out anew from the orders as they are. False when that is not due, or another process is at it. */
  async refresh(now: Date): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const [lock] = await tx.query<{ taken: boolean }>(sql.TAKE_REPLENISH);
      if (!lock?.taken) return false;
      const state = await this.state(tx);
      const dueAt = this.dueAt(state);
      if (!dueAt || dueAt > now) return false;
      for (const statement of sql.putInForce(await this.estimate(tx, now), now)) await tx.execute(statement);
      await tx.execute(sql.noteReplenish(state.ordersRevision, now));
      return true;
    });
  }

  /** Of each question the time to replenish of its order, by the times in force; by the id of the question. */
  async of(
    db: Queryable,
    questions: readonly sql.ReplenishQuestion[],
    now: Date,
  ): Promise<ReadonlyMap<string, Replenishment>> {
    if (questions.length === 0) return new Map();
    const rows = await db.query<sql.OrderProductsRow>(sql.ordersAsked(questions, now));
    const orders = new Map(rows.map((row) => [row.id, orderOf(row)]));
    const products = [...orders.values()].flatMap((order) => order.products);
    const daysOf = await this.inForce(db, products);
    return new Map(questions.map(({ id }) => [id, replenishmentOf(orders.get(id) ?? null, daysOf)]));
  }

  /** Whether the time of any product or category is known. */
  async isAnyKnown(db: Queryable): Promise<boolean> {
    const [row] = await db.query<{ known: boolean }>(
      `select exists (select from replenish_times where until is null and scope <> 'shop') as known`,
    );
    return row?.known ?? false;
  }

  /**
   * The times as they were in force in a period. Of what lies before they were first worked out: the estimate by the orders
   * up to the beginning of the period, so that nothing is known that could not be known then.
   */
  async during(db: Queryable, from: Date, to: Date): Promise<ReplenishPast> {
    const { firstComputedAt } = await this.state(db);
    const kept = await db.query<ReplenishSpell>(sql.timesDuring(from, to));
    if (firstComputedAt && firstComputedAt <= from) return new ReplenishPast(kept);
    const until = firstComputedAt?.getTime() ?? null;
    const estimated = await this.database.transaction((tx) => this.estimate(tx, from));
    return new ReplenishPast([...estimated.map((time) => ({ ...time, since: -Infinity, until })), ...kept]);
  }

  /** The orders of some customers with their products, by the order's id. */
  async orders(db: Queryable, customerIds: readonly string[]): Promise<ReadonlyMap<string, ReplenishOrder>> {
    const rows = await db.query<sql.OrderProductsRow>(sql.ordersOfCustomers(customerIds));
    return new Map(rows.map((row) => [row.id, orderOf(row)]));
  }

  /** By facts whose own time is no later than `asOf`. */
  private async estimate(tx: Tx, asOf: Date): Promise<sql.KnownTime[]> {
    const today = localDate(asOf, this.zone);
    const known: sql.KnownTime[] = [];
    await tx.query(sql.HEAVY);
    for (const scope of REPLENISH_SCOPES) {
      for (const row of await tx.query<sql.GapsRow>(sql.gapsOf(scope, asOf, today, this.zone))) {
        const gap = typicalGap(gapCountsOf(row));
        if (gap) known.push({ scope, key: row.key, ...gap });
      }
    }
    return known;
  }

  private async inForce(db: Queryable, products: ReplenishOrder['products']): Promise<DaysOf> {
    const ids = new Set(products.map(({ product }) => product));
    const categories = new Set(products.flatMap(({ category }) => category ?? []));
    const rows = await db.query<Omit<ReplenishSpell, 'since' | 'until'>>(sql.timesInForce([...ids], [...categories]));
    return new ReplenishPast(rows.map((row) => ({ ...row, since: -Infinity, until: null }))).at(0);
  }

  private async state(db: Queryable): Promise<sql.ReplenishState> {
    const [row] = await db.query<sql.ReplenishState>(sql.REPLENISH_STATE);
    return row ?? { ordersRevision: 0, revision: 0, firstComputedAt: null, computedAt: null };
  }

  private dueAt({ ordersRevision, revision, computedAt }: sql.ReplenishState): Date | null {
    if (ordersRevision === revision) return null;
    return computedAt ? nextLocalTime(new Date(computedAt.getTime() + 1), NIGHTLY, this.zone) : this.clock.now();
  }
}

function orderOf({ externalId, placedAt, products }: sql.OrderProductsRow): ReplenishOrder {
  return { externalId, placedAt, products: products ?? [] };
}

function gapCountsOf({ gapsOfCustomer, days, counts }: sql.GapsRow): Parameters<typeof typicalGap>[0] {
  return gapsOfCustomer.map((gaps, i) => ({ gapsOfCustomer: gaps, days: days[i] ?? 0, count: counts[i] ?? 0 }));
}
