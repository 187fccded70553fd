import { Injectable } from '@nestjs/common';
import { type FactChange } from '../customers/changed-facts';
import { CustomerEvents, type NewCustomerEvent } from '../customers/customer-events';
import { FactChanges } from '../customers/fact-changes';
import { addDays, localDate } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { Database, type Tx } from '../platform/database/database';
import {
  appendTransitions,
  earliestLastDay,
  lockCrossing,
  lockStages,
  orderFactsOf,
  type StageRow,
  writeStages,
} from './data/stages.sql';
import { lapseInstant, mayStart, type StageMove, stageMoves } from './domain/stage-moves';
import { currentRules, Lifecycle } from './lifecycle';
import { type Stage, type StageCause, type StageFacts, stageOn } from './stage';

/** A customer who has become known or whose orders have changed. */
export interface StageTouchRequest {
  customerId: string;
  /** `created` for one who has become known without an order. */
  cause: Extract<StageCause, 'order' | 'refund' | 'import' | 'merge'> | 'created';
  /** False for imports and for facts older than 72 hours: the stage changes and starts nothing. */
  starts: boolean;
  /** The order behind it, for campaigns that start from the change. */
  orderId?: string | null;
}

type NewRow = StageRow & { since: Date };
type Move = StageMove & { customerId: string; orderId: string | null };

/**
 * Keeps every customer's stage: by events, in the transaction that changed the orders, and by time, at the store's
 * midnight. Each change goes to the history with its cause; one that may start campaigns is also told to them, as
 * `segment.left` and `segment.entered`.
 */
@Injectable()
export class Stages {
  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly lifecycle: Lifecycle,
    private readonly events: CustomerEvents,
    private readonly changes: FactChanges,
  ) {}

  /**
   * Recomputes the stages of a set of customers from `customer_orders` as it stands in `tx`; a customer may be named
   * several times. Everyone gets a row, so that a new customer is a prospect at once. Six statements for any number.
   *
   * @param at the clock's now
   */
  async touch(tx: Tx, requests: readonly StageTouchRequest[], at: Date): Promise<void> {
    if (requests.length === 0) return;
    const touches = strongest(requests);
    const ids = [...touches.keys()];
    const rules = await this.lifecycle.rulesFor(tx);
    const before = new Map((await tx.query<StageRow>(lockStages(ids))).map((row) => [row.customerId, row]));
    const facts = await tx.query<StageFacts & { customerId: string }>(orderFactsOf(ids));
    const when = { at, today: this.today(at), zone: this.zone };
    const rows: NewRow[] = [];
    const moves: Move[] = [];
    const born: NewCustomerEvent[] = [];
    for (const { customerId, ...now } of facts) {
      const touch = touches.get(customerId);
      const known = before.get(customerId) ?? null;
      if (!touch) continue;
      const cause = touch.cause === 'created' ? 'order' : touch.cause;
      const stage = stageOn(now, when.today, rules);
      const own = stageMoves(known, now, { cause, starts: touch.starts }, when, rules);
      if (!known || own.length > 0 || known.orderCount !== now.orderCount || known.lastDay !== now.lastDay) {
        rows.push({ customerId, ...now, stage, since: own.at(-1)?.at ?? at });
      }
      moves.push(...own.map((move) => ({ ...move, customerId, orderId: touch.orderId ?? null })));
      if (!known && stage === 'prospect' && touch.starts && mayStart(cause)) {
        born.push(entered({ customerId, at, to: 'prospect', cause: 'created', orderId: null }));
      }
    }
    await this.write(tx, rows, moves, at, born);
    await this.changes.announce(tx, at, () => [...touches.values()].flatMap(orderChange));
  }

  /**
   * Moves up to `limit` customers who have crossed the lapse threshold by `now`, cause `time`, at the midnight at which
   * they crossed. Returns how many; reads an index range, never the whole table.
   */
  async sweep(now: Date, limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const rules = await this.lifecycle.rulesFor(tx);
      const crossing = await tx.query<StageRow>(lockCrossing(addDays(this.today(now), -rules.thresholdDays), limit));
      const rows: NewRow[] = crossing.map((row) => ({
        ...row,
        stage: 'lapsed',
        since: row.lastDay === null ? now : lapseInstant(row.lastDay, rules, this.zone),
      }));
      const moves = crossing.map((row, i): Move => {
        const at = rows[i]?.since ?? now;
        return {
          customerId: row.customerId,
          at,
          from: row.stage,
          to: 'lapsed',
          cause: 'time',
          starts: true,
          orderId: null,
        };
      });
      await this.write(tx, rows, moves, now, []);
      return crossing.length;
    });
  }

  /** The next store midnight at which somebody crosses the lapse threshold; in the past while some are to be moved. */
  async nextSweepAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ lastDay: string }>(earliestLastDay());
    return row ? lapseInstant(row.lastDay, await currentRules(this.database), this.zone) : null;
  }

  private async write(tx: Tx, rows: NewRow[], moves: Move[], at: Date, born: NewCustomerEvent[]): Promise<void> {
    if (rows.length > 0) tx.post(writeStages(rows));
    if (moves.length > 0) tx.post(appendTransitions(moves));
    const told = moves
      .filter(({ starts }) => starts)
      .flatMap((move) => (move.from ? [left(move, move.from), entered(move)] : [entered(move)]));
    await this.events.record(tx, [...told, ...born], at);
    await this.changes.announce(tx, at, () => moves.flatMap(stageChange));
  }

  private get zone(): string {
    return this.config.store.timezone;
  }

  private today(at: Date): string {
    return localDate(at, this.zone);
  }
}

/** The orders behind a touch have changed; a customer without any has none to change. */
function orderChange({ customerId, cause, starts, orderId }: StageTouchRequest): FactChange[] {
  return cause === 'created' ? [] : [{ customerId, facts: 'orders', cause, starts, reference: orderId ?? null }];
}

/** A changed threshold moves many at once and is told as such: see `Lifecycle`. */
function stageChange({ customerId, cause, starts, orderId }: Move): FactChange[] {
  return cause === 'threshold' ? [] : [{ customerId, facts: 'stages', cause, starts, reference: orderId }];
}

/** One touch per customer: what may start something outweighs what may not, the later outweighs the earlier. */
function strongest(requests: readonly StageTouchRequest[]): Map<string, StageTouchRequest> {
  const touches = new Map<string, StageTouchRequest>();
  for (const request of requests) {
    const known = touches.get(request.customerId);
    const weight = (touch: StageTouchRequest): number => (touch.starts ? 2 : 0) + (touch.cause === 'created' ? 0 : 1);
    if (!known || weight(request) >= weight(known)) touches.set(request.customerId, request);
  }
  return touches;
}

interface Told {
  customerId: string;
  at: Date;
  cause: string;
  orderId: string | null;
}

function entered({ customerId, at, to, cause, orderId }: Told & { to: Stage }): NewCustomerEvent {
  return event('segment.entered', { customerId, at, cause, orderId }, to);
}

function left({ customerId, at, cause, orderId }: Told, from: Stage): NewCustomerEvent {
  return event('segment.left', { customerId, at, cause, orderId }, from);
}

function event(type: string, { customerId, at, cause, orderId }: Told, segment: Stage): NewCustomerEvent {
  return { customerId, type, occurredAt: at, properties: { segment, cause }, reference: orderId, starts: true };
}
