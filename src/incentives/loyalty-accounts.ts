import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type FactChange } from '../customers/changed-facts';
import { CustomerEvents } from '../customers/customer-events';
import { FactChanges } from '../customers/fact-changes';
import { newId } from '../kernel/ids';
import { type ChangedOrders, type OrderWatch, OrderWatches } from '../orders/order-watches';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import * as sql from './data/loyalty.sql';
import { ledgerDifference } from './domain/ledger-difference';
import { reckon, type Reckoned, type Reward } from './domain/reckon-account';
import { type DatedSetting, RuleBook } from './domain/rule-book';
import { asksRevenue, TIER_YEAR_MS } from './domain/tier-rule';
import { LoyaltyReferrals } from './loyalty-referrals';
import { type Touch, type Touches, touchesOf } from './loyalty-touches';

/** Accounts that are reckoned together: bounds the transaction and what is in memory. */
const MOST_AT_ONCE = 500;

/**
 * Keeps the ledger of points, the balances and the tiers. An account is always worked out from all its facts and only
 * what differs is appended: repeating does no harm, and the order in which facts came does not matter.
 */
@Injectable()
export class LoyaltyAccounts implements OrderWatch, OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly referrals: LoyaltyReferrals,
    private readonly events: CustomerEvents,
    private readonly changes: FactChanges,
    private readonly watches: OrderWatches,
  ) {}

  onModuleInit(): void {
    this.watches.register(this);
  }

  /** One statement for a batch of any size; it writes nothing while there has never been a setting. */
  async ordersChanged(tx: Tx, { customers }: ChangedOrders, at: Date): Promise<void> {
    if (customers.length > 0) await tx.execute(sql.queueChanges(customers, at));
  }

  async nextWorkAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date | null }>(sql.NEXT_LOYALTY_WORK);
    return row?.at ?? null;
  }

  /**
   * Reckons up to `limit` accounts that are due: whose orders changed, whom time has changed, then those that a new
   * setting asks for. Returns how many; 0 when there are none or another process is at it.
   */
  async work(now: Date, limit: number): Promise<number> {
    const most = Math.min(limit, MOST_AT_ONCE);
    return this.database.transaction(async (tx) => {
      const [lock] = await tx.query<{ taken: boolean }>(sql.TRY_LOYALTY);
      if (!lock?.taken) return 0;
      const queued = await tx.query<sql.TouchRow>(sql.takeChanges(most));
      if (queued.length > 0) {
        await this.reckonAll(tx, touchesOf(queued), now);
        return queued.length;
      }
      const due = await tx.query<{ customerId: string }>(sql.dueAccounts(now, most));
      if (due.length > 0) {
        await this.reckonAll(
          tx,
          same(
            due.map(({ customerId }) => customerId),
            { cause: 'time', starts: true },
          ),
          now,
        );
        return due.length;
      }
      return this.fill(tx, now, most);
    });
  }

  /**
   * Reckons the accounts of a set of customers as of `now`, in the caller's transaction, and tells of changed points and
   * tiers. A fixed number of statements. The caller is the only one at it (`TRY_LOYALTY`, `HOLD_LOYALTY`).
   */
  async reckonAll(tx: Tx, asked: Touches, now: Date): Promise<void> {
    const book = await ruleBook(tx);
    const touches = book.everRefers ? await this.referrals.judge(tx, asked, book, now) : asked;
    const ids = [...touches.keys()];
    const facts = await this.load(tx, ids, book, now);
    const rows: sql.AccountRow[] = [];
    const entries: sql.NewEntry[] = [];
    const moves: sql.TierMove[] = [];
    const changes: FactChange[] = [];
    for (const [customerId, touch] of touches) {
      const own = facts.of(customerId);
      const reckoned = reckon(own, book, now, this.config.store);
      entries.push(
        ...ledgerDifference(reckoned.account.lines, own.sums).map((line) => ({
          ...line,
          id: newId(now),
          customerId,
          note: null,
        })),
      );
      const move = moveOf(customerId, own.before, reckoned, touch, now);
      const row = rowOf(customerId, own.before, reckoned, move);
      if (move) moves.push(move);
      if (!isSame(row, own.before)) rows.push(row);
      if (move || row.points !== (own.before?.points ?? 0)) changes.push(changeOf(customerId, touch));
    }
    if (entries.length > 0) await tx.execute(sql.appendEntries(entries, now));
    if (rows.length > 0) await tx.execute(sql.writeAccounts(rows));
    if (moves.length > 0) await this.tellMoves(tx, moves, touches, now);
    await this.changes.announce(tx, now, () => changes);
  }

  private async fill(tx: Tx, now: Date, limit: number): Promise<number> {
    const [fill] = await tx.query<sql.FillRow>(sql.HOLD_FILL);
    if (fill?.status !== 'filling') return 0;
    const page = await tx.query<{ id: string }>(sql.fillPage(fill.after, limit));
    const ids = page.map(({ id }) => id);
    if (ids.length > 0) await this.reckonAll(tx, same(ids, { cause: 'settings', starts: false }), now);
    await tx.execute(sql.noteFill(ids.at(-1) ?? null));
    return Math.max(1, ids.length);
  }

  private async load(tx: Tx, ids: readonly string[], book: RuleBook, now: Date) {
    const yearBefore = new Date(now.getTime() - TIER_YEAR_MS);
    const since = [book.earliest, asksRevenue(book.current.tiers) ? yearBefore : null]
      .filter((at) => at !== null)
      .sort((a, b) => a.getTime() - b.getTime())[0];
    const orders = since ? await tx.query<sql.OrderRow>(sql.paidOrders(ids, since)) : [];
    const entries = await tx.query<sql.ShopEntryRow>(sql.shopEntries(ids));
    const sums = await tx.query<sql.LedgerSumRow>(sql.ledgerSums(ids));
    const rewards = book.everRefers ? await tx.query<sql.RewardRow>(sql.rewardsOf(ids)) : [];
    const accounts = await tx.query<sql.AccountRow>(sql.accountsOf(ids));
    const ordersOf = byCustomer(
      orders.map((order) => ({
        ...order,
        refunds: (order.refunds ?? []).map(({ at, minor }) => ({ at: new Date(at), minor })),
      })),
    );
    const [entriesOf, sumsOf, rewardsOf] = [
      byCustomer(entries),
      byCustomer(sums),
      byCustomer(rewards.flatMap(sidesOf)),
    ];
    const before = new Map(accounts.map((row) => [row.customerId, row]));
    return {
      of: (id: string) => ({
        orders: ordersOf.get(id) ?? [],
        entries: entriesOf.get(id) ?? [],
        sums: sumsOf.get(id) ?? [],
        rewards: rewardsOf.get(id) ?? [],
        before: before.get(id),
      }),
    };
  }

  private async tellMoves(tx: Tx, moves: readonly sql.TierMove[], touches: Touches, now: Date): Promise<void> {
    await tx.execute(sql.appendTierMoves(moves));
    const told = moves.filter(({ cause }) => cause !== 'import' && cause !== 'merge' && cause !== 'settings');
    await this.events.record(
      tx,
      told.map(({ customerId, at, from, to }) => ({
        customerId,
        type: 'tier.changed',
        occurredAt: at,
        properties: { from, to },
        starts: touches.get(customerId)?.starts ?? false,
      })),
      now,
    );
  }
}

/** All settings, as they stand in the transaction. */
export async function ruleBook(db: Queryable): Promise<RuleBook> {
  return new RuleBook(await db.query<DatedSetting>(sql.ALL_SETTINGS));
}

/** The rewards of a referral, for each of its sides. */
function sidesOf({ id, at, endedAt, expiresAt, ...row }: sql.RewardRow): Array<Reward & { customerId: string }> {
  const reward = { reference: `referral:${id}`, at, endedAt, expiresAt };
  return [
    { ...reward, customerId: row.customerId, points: row.referredPoints },
    { ...reward, customerId: row.referrerId, points: row.referrerPoints },
  ];
}

/** By time the tier changes at the instant at which a year was over, else now. */
function moveOf(
  customerId: string,
  before: sql.AccountRow | undefined,
  { tier }: Reckoned,
  { cause }: Touch,
  now: Date,
): sql.TierMove | undefined {
  const from = before?.tier ?? null;
  if (from === tier) return undefined;
  const due = before?.nextAt;
  return { customerId, at: cause === 'time' && due && due < now ? due : now, from, to: tier, cause };
}

function rowOf(
  customerId: string,
  before: sql.AccountRow | undefined,
  { account, tier, nextAt }: Reckoned,
  move: sql.TierMove | undefined,
): sql.AccountRow {
  return {
    customerId,
    points: account.balance,
    owed: account.owed,
    given: account.given,
    tier,
    tierSince: move ? (tier === null ? null : move.at) : (before?.tierSince ?? null),
    nextExpiryAt: account.nextExpiry?.at ?? null,
    nextExpiryPoints: account.nextExpiry?.points ?? null,
    nextAt,
  };
}

/** Who has never had anything needs no row. */
function isSame(row: sql.AccountRow, before: sql.AccountRow | undefined): boolean {
  const { customerId } = row;
  const none = { points: 0, owed: 0, given: 0, tier: null, tierSince: null };
  const known: sql.AccountRow = before ?? {
    customerId,
    ...none,
    nextExpiryAt: null,
    nextExpiryPoints: null,
    nextAt: null,
  };
  return (Object.keys(row) as Array<keyof sql.AccountRow>).every((name) => plain(row[name]) === plain(known[name]));
}

function plain(value: string | number | Date | null): string | number | null {
  return value instanceof Date ? value.getTime() : value;
}

/** Others have no word for a changed setting: it changes many silently, as an import does. */
function changeOf(customerId: string, { cause, starts }: Touch): FactChange {
  return { customerId, facts: 'loyalty', cause: cause === 'settings' ? 'import' : cause, starts };
}

function same(ids: readonly string[], touch: Touch): Touches {
  return new Map(ids.map((id) => [id, touch]));
}

function byCustomer<Row extends { customerId: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const known = groups.get(row.customerId);
    if (known) known.push(row);
    else groups.set(row.customerId, [row]);
  }
  return groups;
}
