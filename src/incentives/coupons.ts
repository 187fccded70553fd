import { Injectable } from '@nestjs/common';
import { type Counter } from 'prom-client';
import { addDuration, type Duration, parseDuration, subtractDuration } from '../kernel/duration';
import { newId } from '../kernel/ids';
import { type Queryable, type Tx } from '../platform/database/database';
import { AppLogger } from '../platform/logging/logger';
import { Metrics } from '../platform/metrics/metrics';
import { type Discount, type WhenExhausted } from './coupons.types';
import {
  allocateCodes,
  type Allocation,
  codesOf,
  lockPool,
  noteWarning,
  poolsNow,
  stepsWithCode,
  takeBack,
} from './data/allocate.sql';
import { freeCodes } from './data/coupons.sql';

/** A pool as those who give codes of it see it. */
export interface PoolNow {
  id: string;
  key: string;
  whenExhausted: WhenExhausted;
  /** Whether a code was free a moment ago. */
  left: boolean;
  expiresAfter: Duration;
  remindBefore: Duration | null;
  warnBelow: number;
  /** Whether it was told that few codes are left. */
  warned: boolean;
}

/** A mail that wants a code. */
export interface CouponWish {
  poolId: string;
  customerId: string;
  enrollmentId: string;
  campaignId: string;
  /** Key of the step. */
  step: string;
  /** The customer's zone, else the store's: expiry is counted in its calendar. */
  zone: string;
}

/** What became of a wish. `had`: the step has its code from before, and its message with it. */
export type Given =
  { outcome: 'given'; couponId: string; messageId: string } | { outcome: 'had' } | { outcome: 'none' };

/** A code as a mail shows it. */
export interface MailCoupon {
  id: string;
  messageId: string;
  code: string;
  discount: Discount;
  expiresAt: Date;
}

interface PoolsNowRow extends Omit<PoolNow, 'expiresAfter' | 'remindBefore'> {
  expiresAfter: string;
  remindBefore: string | null;
}

/**
 * Gives codes to mails, in sets, in the transaction that inserts the messages: a message and its code stand or fall together.
 */
@Injectable()
export class Coupons {
  private readonly given: Counter;
  private readonly lacking: Counter;
  private readonly warnings: Counter;

  constructor(
    metrics: Metrics,
    private readonly logger: AppLogger,
  ) {
    const name = (what: string): string => `ritorno_incentives_${what}_total`;
    this.given = metrics.counter(name('coupons_given'), 'Codes given to mails.');
    this.lacking = metrics.counter(name('coupons_lacking'), 'Mails for which their pool had no code left.');
    this.warnings = metrics.counter(name('pools_running_low'), 'Warnings that a pool has few codes left.');
  }

  /** The pools by id; those that do not exist are left out. */
  async pools(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, PoolNow>> {
    if (ids.length === 0) return new Map();
    const rows = await db.query<PoolsNowRow>(poolsNow(ids));
    return new Map(
      rows.map((row) => [
        row.id,
        {
          ...row,
          expiresAfter: durationOf(row.expiresAfter),
          remindBefore: row.remindBefore === null ? null : durationOf(row.remindBefore),
        },
      ]),
    );
  }

  /**
   * A code for each wish, in their order, as far as the pools (as loaded in this transaction) reach. Any number of processes may give codes of one pool at
   * once: each takes codes that no other one holds. Where these do not suffice, what others hold may yet come back; then
   * the pool is held alone and counted to its end, so that nobody goes without while a code is left.
   */
  async give(tx: Tx, pools: ReadonlyMap<string, PoolNow>, wishes: readonly CouponWish[], now: Date): Promise<Given[]> {
    const answers = wishes.map((): Given => ({ outcome: 'none' }));
    // In one order everywhere: who waits for a pool holds no codes of a later one.
    for (const pool of [...pools.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const places = wishes.flatMap(({ poolId }, place) => (poolId === pool.id ? [place] : []));
      const spanIn = spansOf(pool, now);
      const wanted = places.map((place) => allocationOf(wishes[place] as CouponWish, spanIn, now));
      const found = await this.giveOf(tx, pool, wanted, now);
      for (const [at, place] of places.entries()) answers[place] = found[at] ?? { outcome: 'none' };
    }
    const count = (outcome: Given['outcome']): number => answers.filter((one) => one.outcome === outcome).length;
    tx.afterCommit(() => {
      this.given.inc(count('given'));
      this.lacking.inc(count('none'));
    });
    return answers;
  }

  /** Takes codes back that were given in this very transaction to messages that then were not inserted. */
  async takeBack(tx: Tx, couponIds: readonly string[]): Promise<void> {
    if (couponIds.length > 0) await tx.execute(takeBack(couponIds));
  }

  /** The codes that mails carry, by id; those that were taken back are left out. */
  async ofMails(db: Queryable, couponIds: readonly string[]): Promise<ReadonlyMap<string, MailCoupon>> {
    if (couponIds.length === 0) return new Map();
    const rows = await db.query<MailCoupon>(codesOf(couponIds));
    return new Map(rows.map((row) => [row.id, row]));
  }

  private async giveOf(tx: Tx, pool: PoolNow, wanted: readonly Allocation[], now: Date): Promise<Given[]> {
    const quick = pool.left ? await this.passingOver(tx, pool, wanted, now) : await foundOf(tx, wanted, []);
    const { codes, had } = quick ?? (await this.alone(tx, pool, wanted, now));
    if (codes.size > 0) await this.warn(tx, pool, now);
    return wanted.map((one) => {
      const couponId = codes.get(one.messageId);
      if (couponId !== undefined) return { outcome: 'given', couponId, messageId: one.messageId };
      return { outcome: had.has(stepOf(one)) ? 'had' : 'none' };
    });
  }

  /** Codes that nobody holds; undefined, and none taken, where they do not suffice. */
  private async passingOver(
    tx: Tx,
    pool: PoolNow,
    wanted: readonly Allocation[],
    now: Date,
  ): Promise<Found | undefined> {
    await tx.execute('savepoint coupons');
    await tx.execute(lockPool(pool.id, false));
    const rows = await tx.query<AllocatedRow>(allocateCodes(pool.id, wanted, now, false));
    const found = await foundOf(tx, wanted, rows);
    const enough = found.codes.size + found.had.size >= wanted.length;
    // Rolled back, it holds no code that another one could wait for.
    await tx.execute(enough ? 'release savepoint coupons' : 'rollback to savepoint coupons');
    return enough ? found : undefined;
  }

  private async alone(tx: Tx, pool: PoolNow, wanted: readonly Allocation[], now: Date): Promise<Found> {
    await tx.execute(lockPool(pool.id, true));
    return foundOf(tx, wanted, await tx.query<AllocatedRow>(allocateCodes(pool.id, wanted, now, true)));
  }

  /** Once, when the free codes fall below what the shop wants to be warned of. */
  private async warn(tx: Tx, { id, key, warnBelow, warned }: PoolNow, now: Date): Promise<void> {
    if (warned || warnBelow === 0) return;
    const [row] = await tx.query<{ free: number }>(freeCodes(id, warnBelow));
    const free = row?.free ?? 0;
    if (free >= warnBelow || (await tx.query(noteWarning(id, now))).length === 0) return;
    tx.afterCommit(() => {
      this.warnings.inc();
      this.logger.warn('a pool of coupons has few codes left', { pool: key, free });
    });
  }
}

interface AllocatedRow {
  messageId: string;
  id: string;
}

/** How long a code is good that is given now, and when its owner is reminded. */
interface Span {
  expiresAt: Date;
  remindAt: Date | null;
}

/**
 * The span in each zone, reckoned once: a calendar costs more than all the rest of an allocation. The reminder is left out
 * where it would come before the mail itself.
 */
function spansOf(pool: PoolNow, now: Date): (zone: string) => Span {
  const known = new Map<string, Span>();
  return (zone) => {
    let span = known.get(zone);
    if (!span) {
      const expiresAt = addDuration(now, pool.expiresAfter, zone);
      const remind = pool.remindBefore && subtractDuration(expiresAt, pool.remindBefore, zone);
      known.set(zone, (span = { expiresAt, remindAt: remind && remind > now ? remind : null }));
    }
    return span;
  };
}

function allocationOf(wish: CouponWish, spanIn: (zone: string) => Span, now: Date): Allocation {
  const { zone, customerId, enrollmentId, campaignId, step } = wish;
  return { messageId: newId(now), customerId, enrollmentId, campaignId, step, ...spanIn(zone) };
}

/** The codes that were taken, by message, and the steps without one that have theirs from before. */
interface Found {
  codes: ReadonlyMap<string, string>;
  had: ReadonlySet<string>;
}

async function foundOf(tx: Tx, wanted: readonly Allocation[], rows: readonly AllocatedRow[]): Promise<Found> {
  const codes = new Map(rows.map(({ messageId, id }) => [messageId, id]));
  const without = wanted.filter(({ messageId }) => !codes.has(messageId));
  if (without.length === 0) return { codes, had: new Set() };
  const steps = await tx.query<{ enrollmentId: string; step: string }>(stepsWithCode(without));
  return { codes, had: new Set(steps.map(stepOf)) };
}

function stepOf({ enrollmentId, step }: { enrollmentId: string; step: string }): string {
  return `${enrollmentId} ${step}`;
}

function durationOf(text: string): Duration {
  const duration = parseDuration(text);
  if (!duration) throw new Error(`${text} is no duration`);
  return duration;
}
