import { Injectable } from '@nestjs/common';
import { type Queryable, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { DEFAULT_TOUCH_WINDOW_MS } from './credit-models';
import { CreditLedger } from './data/credit-ledger';
import { matchOutcomes, queueLaterLook, queueOrdersOf, queueOrdersTouched, takeOrders } from './data/outcomes.sql';

/**
 * An order is looked at once more this long after it came in (or is placed, if that lies ahead): an enrollment entered
 * just before it, or a click just before it, may still have been waiting for its commit when the order was matched.
 */
const LATER_LOOK_MS = 5 * 60_000;
/** Only orders placed within the last day: those of an import of history cannot meet such a wait. */
const RECENT_MS = 86_400_000;

/** One writer at a time: large sets, few claimers; and a later state of an order can never be overwritten by an earlier. */
const OUTCOMES_LOCK = 7_264_117_012;

/**
 * Which orders followed which enrollment: an order, when it arrives or changes, is matched to every enrollment of its
 * customer in the 365 days before it, and its revenue is credited to the messages touched before it.
 */
@Injectable()
export class Outcomes {
  constructor(private readonly ledger: CreditLedger) {}

  /**
   * Works off up to `limit` orders whose facts changed and as many that are due for another look; the number of orders,
   * 0 when there are none or another process is at it. Seven statements, whatever the limit.
   */
  async workOff(tx: Tx, now: Date, limit: number): Promise<number> {
    const [lock] = await tx.query<{ free: boolean }>(`select pg_try_advisory_xact_lock($1) as free`, [OUTCOMES_LOCK]);
    if (!lock?.free) return 0;
    const taken = await tx.query<{ orderId: string; announced: boolean }>(takeOrders(now, limit));
    if (taken.length === 0) return 0;
    const orderIds = taken.map((order) => order.orderId);
    await tx.execute(matchOutcomes(orderIds));
    await this.ledger.reconcile(tx, orderIds, now);
    const announced = taken.filter((order) => order.announced).map((order) => order.orderId);
    if (announced.length > 0) {
      await tx.execute(queueLaterLook(announced, new Date(now.getTime() - RECENT_MS), now, LATER_LOOK_MS));
    }
    return taken.length;
  }

  /**
   * Has all orders of these customers matched anew, soon: after a merge, or when enrollments become known that were
   * entered in the past (imported exposures).
   */
  async revisit(tx: Tx, customerIds: readonly string[], at: Date): Promise<void> {
    const queued = await tx.execute(queueOrdersOf(customerIds, at));
    if (queued > 0) await notifyDue(tx);
  }

  /** Has the orders that these hits may be credited with looked at again, soon. */
  async revisitTouched(db: Queryable, hitIds: readonly string[]): Promise<void> {
    const queued = await db.execute(queueOrdersTouched(hitIds, DEFAULT_TOUCH_WINDOW_MS));
    if (queued > 0) await notifyDue(db);
  }
}
