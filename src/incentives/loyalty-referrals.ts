import { Injectable } from '@nestjs/common';
import { CustomerEvents, type NewCustomerEvent } from '../customers/customer-events';
import { newId } from '../kernel/ids';
import { AppConfig } from '../platform/config/config';
import { type Tx } from '../platform/database/database';
import {
  type CodeOwner,
  dropReferrals,
  type FirstOrderRow,
  firstOrders,
  ownersOf,
  type ReferralRow,
  referralsOf,
  writeReferrals,
} from './data/referrals.sql';
import { expiryOf } from './domain/earn-points';
import { judgeReferral } from './domain/referral-rule';
import { type RuleBook } from './domain/rule-book';
import { ERASED_CODE, normaliseCode } from './domain/referral-code';
import { type Touches } from './loyalty-touches';

/**
 * Who was referred by whom, worked out from first orders and the codes they carried: the same orders lead to the same
 * referrals in whatever order they became known, and nobody is referred twice.
 */
@Injectable()
export class LoyaltyReferrals {
  constructor(
    private readonly events: CustomerEvents,
    private readonly config: AppConfig,
  ) {}

  /**
   * Judges the referrals of customers anew, in at most six statements; returns whose points may have changed by it, the
   * referrers among them. Points follow from what is written here (see `LoyaltyAccounts`).
   */
  async judge(tx: Tx, touches: Touches, book: RuleBook, now: Date): Promise<Touches> {
    const ids = [...touches.keys()];
    const before = new Map((await tx.query<ReferralRow>(referralsOf(ids))).map((row) => [row.customerId, row]));
    const orders = await tx.query<FirstOrderRow>(firstOrders(ids));
    const codes = [...new Set(orders.flatMap(codesIn))];
    const owners = codes.length === 0 ? [] : await tx.query<CodeOwner>(ownersOf(codes));
    const ownerOf = new Map(owners.map((owner) => [owner.code, owner]));
    const judged = new Map<string, ReferralRow>();
    for (const order of orders) {
      const row = this.referral(order, before.get(order.customerId), ownerOf, book, now);
      if (row) judged.set(row.customerId, row);
    }
    const changed = [...judged.values()].filter((row) => !isSame(row, before.get(row.customerId)));
    const gone = [...before.values()].filter(({ customerId }) => !judged.has(customerId));
    if (gone.length > 0) await tx.execute(dropReferrals(gone.map(({ id }) => id)));
    if (changed.length > 0) await tx.execute(writeReferrals(changed, now));
    await this.tell(tx, changed, touches, now);
    const also = new Map(touches);
    for (const { customerId, referrerId } of [
      ...gone,
      ...changed,
      ...changed.flatMap((row) => before.get(row.customerId) ?? []),
    ]) {
      const touch = touches.get(customerId);
      if (touch && !also.has(referrerId)) also.set(referrerId, touch);
    }
    return also;
  }

  private referral(
    order: FirstOrderRow,
    known: ReferralRow | undefined,
    ownerOf: ReadonlyMap<string, CodeOwner>,
    book: RuleBook,
    now: Date,
  ): ReferralRow | undefined {
    const { points, referral } = book.at(order.placedAt);
    const owner = codesIn(order).flatMap((code) => ownerOf.get(code) ?? [])[0] ?? erasedOwner(order, known);
    if (!referral || !owner || order.placedAt > now) return undefined;
    const { currency, timezone } = this.config.store;
    const referred = { id: order.customerId, email: order.email };
    const verdict = judgeReferral(referred, owner, order, referral, currency);
    return {
      id: known?.id ?? newId(now),
      customerId: order.customerId,
      referrerId: owner.id,
      code: owner.code,
      orderId: order.orderId,
      at: order.placedAt,
      endedAt: order.endedAt,
      status: verdict.status,
      reason: verdict.status === 'refused' ? verdict.reason : null,
      referrerPoints: referral.rewardPoints.referrer,
      referredPoints: referral.rewardPoints.referred,
      expiresAt: expiryOf(order.placedAt, points, timezone),
    };
  }

  /** Tells both sides, once for ever; imports, merges and changed settings tell nothing. */
  private async tell(tx: Tx, rows: readonly ReferralRow[], touches: Touches, now: Date): Promise<void> {
    const news = rows.flatMap((row): NewCustomerEvent[] => {
      const touch = touches.get(row.customerId);
      const silent = !touch || ['import', 'merge', 'settings'].includes(touch.cause);
      if (silent || row.status !== 'rewarded' || (row.endedAt !== null && row.endedAt <= now)) return [];
      const told = (role: 'referrer' | 'referred', customerId: string): NewCustomerEvent => ({
        customerId,
        type: 'referral.rewarded',
        occurredAt: now,
        properties: { role, code: row.code, points: role === 'referrer' ? row.referrerPoints : row.referredPoints },
        eventId: `referral:${row.id}:${role}`,
        starts: touch.starts,
      });
      return [told('referrer', row.referrerId), told('referred', row.customerId)];
    });
    await this.events.record(tx, news, now);
  }
}

function codesIn({ couponCodes, claimed }: FirstOrderRow): string[] {
  return [...couponCodes, ...(claimed === null ? [] : [claimed])].map(normaliseCode);
}

/** What was judged while both were there stands when one of them is erased, though the code is forgotten. */
function erasedOwner(order: FirstOrderRow, known: ReferralRow | undefined): CodeOwner | undefined {
  if (known?.code !== ERASED_CODE || known.orderId !== order.orderId) return undefined;
  return { code: ERASED_CODE, id: known.referrerId, email: null };
}

function isSame(a: ReferralRow, b: ReferralRow | undefined): boolean {
  return b !== undefined && JSON.stringify(a) === JSON.stringify(pickLike(a, b));
}

/** The fields of `b` in the order of those of `a`. */
function pickLike(a: ReferralRow, b: ReferralRow): Record<string, unknown> {
  return Object.fromEntries(Object.keys(a).map((name) => [name, b[name as keyof ReferralRow]]));
}
