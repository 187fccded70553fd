import { parseMoney } from '../../kernel/money';
import { byVersion } from '../../kernel/versioned';
import {
  type ChangedCustomer,
  type FirstCounted,
  type OrderBatchResult,
  type OrderMark,
  type OrderOp,
  type OrderOpMark,
  type OrderOpOrder,
  type OrderOpRefund,
} from '../orders.types';
import {
  applyOrder,
  counts,
  type LineChange,
  markOrder,
  newOrderState,
  type OrderState,
  orderVersionKey,
  removeOrder,
} from './order-state';

/** A refund as it is stored: bound to its order, or (`orderId` null) waiting for it. */
export interface RefundState {
  eventKey: string;
  externalId: string;
  orderId: string | null;
  amount: string;
  at: Date;
}

/** A fulfilment or delivery that waits for its order. */
export interface ParkedMark {
  eventKey: string;
  externalId: string;
  kind: 'fulfilled' | 'delivered';
  at: Date;
  occurredAt: Date;
  silent: boolean;
}

/** Everything stored that a batch of ops can touch. */
export interface LoadedOrders {
  orders: readonly OrderState[];
  refunds: readonly RefundState[];
  parked: readonly ParkedMark[];
}

/** One order while its batch is worked off. */
interface Entry {
  stored: OrderState | undefined;
  state: OrderState;
  lines: { replace: boolean; lines: OrderLineList };
  refunds: Map<string, RefundState>;
  /** The latest order op of the batch, by version: its word decides what may start. */
  decisive: { key: string; op: OrderOpOrder } | undefined;
  refunded: boolean;
  starts: boolean;
  silent: boolean;
}

type OrderLineList = LineChange['lines'][number][];

/** What a batch leaves to be written. */
export interface OrderWrites {
  orders: OrderState[];
  /** `known`: the order was stored before, so it may have lines that stand in the way. */
  lines: Array<{ orderId: string; known: boolean; replace: boolean; lines: OrderLineList }>;
  /** New ones, and those whose order has come. `amountMinor` is null while the currency is not known. */
  refunds: Array<RefundState & { amountMinor: number | null }>;
  parked: ParkedMark[];
  released: string[];
}

/**
 * Works a batch of order ops off in memory, in the order of their versions: versions, refunds (parked until the order
 * comes), counting. The same set of ops ends in the same orders whatever their order and repetition.
 */
export class OrderBatch {
  private readonly entries = new Map<string, Entry>();
  private readonly refundsByOrder = new Map<string, Map<string, RefundState>>();
  private readonly dirtyRefunds = new Set<RefundState>();
  private readonly parked = new Map<string, ParkedMark>();
  private readonly newlyParked = new Set<ParkedMark>();
  private readonly released: string[] = [];
  private readonly marks: OrderMark[] = [];

  constructor(
    loaded: LoadedOrders,
    private readonly context: { storeCurrency: string; now: Date; makeId: () => string },
  ) {
    for (const refund of loaded.refunds) this.refundsOf(refund.externalId).set(refund.eventKey, refund);
    for (const state of loaded.orders) this.open(state.externalId, state, state);
    for (const mark of loaded.parked) this.parked.set(mark.eventKey, mark);
  }

  apply(ops: readonly OrderOp[]): OrderBatchResult {
    for (const op of inOrder(ops)) this.applyOne(op);
    this.settle();
    return {
      orders: ops.map((op) => {
        const entry = this.entries.get(op.externalId);
        return entry ? { orderId: entry.state.id, customerId: entry.state.customerId } : null;
      }),
      changedCustomers: this.changedCustomers(),
      firstCounted: this.firstCounted(),
      marks: this.marks.map((mark) => ({
        ...mark,
        customerId: this.entries.get(mark.externalId)?.state.customerId ?? null,
      })),
    };
  }

  writes(): OrderWrites {
    const changed = [...this.entries.values()].filter((entry) => entry.state !== entry.stored);
    return {
      orders: changed.map((entry) => entry.state),
      lines: [...this.entries.values()]
        .filter((entry) => entry.lines.replace || entry.lines.lines.length > 0)
        .map((entry) => ({ orderId: entry.state.id, known: entry.stored !== undefined, ...entry.lines })),
      refunds: [...this.dirtyRefunds].map((refund) => ({ ...refund, amountMinor: this.minorOf(refund) })),
      parked: [...this.newlyParked],
      released: this.released,
    };
  }

  /** Orders whose row or lines changed. */
  changedOrders(): OrderState[] {
    return [...this.entries.values()].filter((entry) => isChanged(entry)).map((entry) => entry.state);
  }

  /** Those of them that name coupon codes, or named some before. */
  changedCodes(): OrderState[] {
    return [...this.entries.values()]
      .filter((entry) => entry.state !== entry.stored)
      .filter(({ state, stored }) => state.couponCodes.length > 0 || (stored?.couponCodes.length ?? 0) > 0)
      .map((entry) => entry.state);
  }

  private applyOne(op: OrderOp): void {
    switch (op.kind) {
      case 'order':
        return this.order(op);
      case 'refund':
        return this.refund(op);
      case 'fulfilled':
      case 'delivered':
        return this.mark(op);
      case 'removed': {
        const entry = this.entries.get(op.externalId);
        if (!entry) return;
        this.touch(entry, removeOrder(entry.state, op.version), op);
        return;
      }
      default:
        return op satisfies never;
    }
  }

  private order(op: OrderOpOrder): void {
    const entry =
      this.entries.get(op.externalId) ?? this.open(op.externalId, undefined, newOrderState(this.context.makeId(), op));
    const { state, lines } = applyOrder(entry.state, op, this.context.storeCurrency);
    if (lines?.replace) entry.lines = { replace: true, lines: [...lines.lines] };
    else if (lines) entry.lines.lines.push(...lines.lines);
    this.touch(entry, state, op);
    const key = orderVersionKey(op);
    if (!entry.decisive || key > entry.decisive.key) entry.decisive = { key, op };
  }

  private refund(op: OrderOpRefund): void {
    const known = this.refundsOf(op.externalId);
    if (known.has(op.version.eventId)) return;
    const refund: RefundState = {
      eventKey: op.version.eventId,
      externalId: op.externalId,
      orderId: null,
      amount: op.amount,
      at: op.at,
    };
    known.set(refund.eventKey, refund);
    this.dirtyRefunds.add(refund);
    const entry = this.entries.get(op.externalId);
    if (entry) entry.refunded = true;
    if (entry) this.note(entry, op);
  }

  private mark(op: OrderOpMark): void {
    const entry = this.entries.get(op.externalId);
    const eventKey = op.version.eventId;
    const { externalId, kind, at, silent } = op;
    if (!entry) {
      if (this.parked.has(eventKey)) return;
      const parked = { eventKey, externalId, kind, at, occurredAt: op.version.at, silent };
      this.parked.set(eventKey, parked);
      this.newlyParked.add(parked);
      return;
    }
    entry.state = markOrder(entry.state, kind, at);
    if (this.marks.some((mark) => mark.eventId === eventKey)) return;
    this.marks.push({
      orderId: entry.state.id,
      externalId,
      customerId: null,
      kind,
      at,
      occurredAt: op.version.at,
      eventId: eventKey,
      silent,
    });
  }

  /** After the last op: what had waited finds its order, refunds are summed in the order's currency. */
  private settle(): void {
    for (const mark of this.parked.values()) {
      const entry = this.entries.get(mark.externalId);
      if (!entry) continue;
      const { eventKey, externalId, kind, at, occurredAt, silent } = mark;
      entry.state = markOrder(entry.state, kind, at);
      this.marks.push({
        orderId: entry.state.id,
        externalId,
        customerId: null,
        kind,
        at,
        occurredAt,
        eventId: eventKey,
        silent,
      });
      if (!this.newlyParked.delete(mark)) this.released.push(eventKey);
    }
    for (const entry of this.entries.values()) {
      const anew = entry.stored !== undefined && entry.stored.currency !== entry.state.currency;
      let refundedMinor = 0;
      for (const refund of entry.refunds.values()) {
        if (anew || refund.orderId === null) this.dirtyRefunds.add(refund);
        refund.orderId = entry.state.id;
        refundedMinor += this.minorOf(refund) ?? 0;
      }
      if (refundedMinor !== entry.state.refundedMinor) entry.state = { ...entry.state, refundedMinor };
      if (entry.state.firstCountedAt === null && counts(entry.state)) {
        entry.state = { ...entry.state, firstCountedAt: this.context.now };
      }
    }
  }

  private minorOf(refund: RefundState): number | null {
    const entry = this.entries.get(refund.externalId);
    return entry ? (parseMoney(refund.amount, entry.state.currency) ?? 0) : null;
  }

  private firstCounted(): FirstCounted[] {
    return [...this.entries.values()]
      .filter(({ stored, state }) => state.firstCountedAt !== null && !stored?.firstCountedAt)
      .map(({ state, decisive }) => ({
        orderId: state.id,
        externalId: state.externalId,
        customerId: state.customerId,
        origin: state.origin,
        placedAt: state.placedAt,
        silent: decisive?.op.silent ?? true,
        starts: decisive?.op.starts ?? false,
      }))
      .sort((a, b) => a.placedAt.getTime() - b.placedAt.getTime() || (a.externalId < b.externalId ? -1 : 1));
  }

  private changedCustomers(): ChangedCustomer[] {
    const changes = new Map<string, ChangedCustomer>();
    for (const entry of this.entries.values()) {
      if (!isChanged(entry)) continue;
      const takesAway = entry.refunded || (entry.stored !== undefined && counts(entry.stored) && !counts(entry.state));
      const cause = entry.silent ? 'import' : takesAway ? 'refund' : 'order';
      for (const customerId of new Set([entry.state.customerId, entry.stored?.customerId ?? null])) {
        if (customerId === null) continue;
        const known = changes.get(customerId);
        if (!known) changes.set(customerId, { customerId, cause, starts: entry.starts });
        else
          changes.set(customerId, {
            customerId,
            cause: stronger(known.cause, cause),
            starts: known.starts || entry.starts,
          });
      }
    }
    return [...changes.values()];
  }

  private touch(entry: Entry, state: OrderState, op: OrderOp): void {
    if (state === entry.state) return;
    entry.state = state;
    this.note(entry, op);
  }

  private note(entry: Entry, op: OrderOp): void {
    entry.starts ||= op.starts;
    entry.silent &&= op.silent;
  }

  private open(externalId: string, stored: OrderState | undefined, state: OrderState): Entry {
    const entry: Entry = {
      stored,
      state,
      lines: { replace: false, lines: [] },
      refunds: this.refundsOf(externalId),
      decisive: undefined,
      refunded: false,
      starts: false,
      silent: true,
    };
    this.entries.set(externalId, entry);
    return entry;
  }

  private refundsOf(externalId: string): Map<string, RefundState> {
    const known = this.refundsByOrder.get(externalId);
    if (known) return known;
    const fresh = new Map<string, RefundState>();
    this.refundsByOrder.set(externalId, fresh);
    return fresh;
  }
}

function isChanged(entry: Entry): boolean {
  return entry.state !== entry.stored || entry.lines.lines.length > 0;
}

/**
 * Ops by version. The rows of one order in one file stay together and in the order of the file, whatever they say: the
 * first row's word holds.
 */
function inOrder(ops: readonly OrderOp[]): OrderOp[] {
  const firstOfFile = new Map<string, Date>();
  const keyed = ops.map((op) => {
    if (op.kind !== 'order' || !op.appendLines) return { op, at: op.version.at };
    const key = `${op.externalId}|${op.version.eventId}`;
    const at = firstOfFile.get(key) ?? op.version.at;
    firstOfFile.set(key, at);
    return { op, at };
  });
  return keyed
    .sort((a, b) => byVersion({ at: a.at, eventId: a.op.version.eventId }, { at: b.at, eventId: b.op.version.eventId }))
    .map(({ op }) => op);
}

const STRENGTH = { import: 0, refund: 1, order: 2 } as const;

function stronger(a: ChangedCustomer['cause'], b: ChangedCustomer['cause']): ChangedCustomer['cause'] {
  return STRENGTH[a] >= STRENGTH[b] ? a : b;
}
