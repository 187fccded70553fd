import { type FieldVersions, isLater, type Version, versionKey } from '../../kernel/versioned';
import { type OrderLine, type OrderOpOrder, type OrderOrigin, type OrderStatus } from '../orders.types';

/** An order as the merge sees it. */
export interface OrderState {
  id: string;
  externalId: string;
  customerId: string | null;
  placedAt: Date;
  currency: string;
  totalMinor: number;
  /** In store money; null: the shop gave none and the currency is another, so its revenue is left out. */
  storeTotalMinor: number | null;
  /** What the shop gave as `storeTotal`, whatever the currency. */
  saidStoreTotalMinor: number | null;
  status: OrderStatus;
  origin: OrderOrigin;
  discountMinor: number;
  couponCodes: readonly string[];
  refundedMinor: number;
  fulfilledAt: Date | null;
  deliveredAt: Date | null;
  silent: boolean;
  firstCountedAt: Date | null;
  versions: FieldVersions;
}

/** What happens to the stored lines: all replaced, or some added. */
export type LineChange = { replace: boolean; lines: readonly OrderLine[] };

/** The field under which the version of the required part (customer, moment, money, lines) is kept. */
export const WHOLE = 'order';

/** Whether the order counts: paid, not cancelled, not fully refunded; a free one does (definitions, Counting order). */
export function counts(order: Pick<OrderState, 'status' | 'totalMinor' | 'refundedMinor'>): boolean {
  const fullyRefunded = order.totalMinor > 0 && order.refundedMinor >= order.totalMinor;
  return order.status === 'paid' && !fullyRefunded;
}

/** An order nobody has said anything about yet, on which the first op is laid. */
export function newOrderState(id: string, op: OrderOpOrder): OrderState {
  return {
    id,
    externalId: op.externalId,
    customerId: null,
    placedAt: op.placedAt,
    currency: op.currency,
    totalMinor: 0,
    storeTotalMinor: null,
    saidStoreTotalMinor: null,
    status: 'paid',
    origin: 'shop',
    discountMinor: 0,
    couponCodes: [],
    refundedMinor: 0,
    fulfilledAt: null,
    deliveredAt: null,
    silent: op.silent,
    firstCountedAt: null,
    versions: {},
  };
}

/** The version of what an op says. A cancel wins over an equal time, whatever the event ids (`api.md` 3, Merging). */
export function orderVersionKey(op: Pick<OrderOpOrder, 'version' | 'status'>): string {
  return versionKey(op.version, op.status === 'cancelled' ? 1 : 0);
}

/**
 * Lays what an event says over an order: the required part goes by its version as a whole, every optional field by its
 * own (absent: left alone). Commutative and idempotent. Returns the same object when nothing changes.
 */
export function applyOrder(
  before: OrderState,
  op: OrderOpOrder,
  storeCurrency: string,
): { state: OrderState; lines: LineChange | undefined } {
  const key = orderVersionKey(op);
  if (op.appendLines && continues(before, op.version))
    return { state: before, lines: { replace: false, lines: op.lines } };
  const state = { ...before, versions: { ...before.versions } };
  let changed = false;
  const take = (field: string, said: unknown): boolean => {
    if (said === undefined || !isLater(key, state.versions[field])) return false;
    state.versions[field] = key;
    changed = true;
    return true;
  };
  const whole = take(WHOLE, true);
  if (whole) {
    state.customerId = op.customerId ?? before.customerId;
    state.placedAt = op.placedAt;
    state.currency = op.currency;
    state.totalMinor = op.totalMinor;
  }
  if (take('status', op.status)) state.status = op.status ?? state.status;
  if (take('origin', op.origin)) state.origin = op.origin ?? state.origin;
  if (take('couponCodes', op.couponCodes)) state.couponCodes = op.couponCodes ?? [];
  if (take('discount', op.discountMinor)) state.discountMinor = op.discountMinor ?? 0;
  if (take('storeTotal', op.storeTotalMinor)) state.saidStoreTotalMinor = op.storeTotalMinor ?? null;
  state.storeTotalMinor = state.currency === storeCurrency ? state.totalMinor : state.saidStoreTotalMinor;
  return changed
    ? { state, lines: whole ? { replace: true, lines: op.lines } : undefined }
    : { state: before, lines: undefined };
}

/** The shop deleted the order: a cancel at that version. */
export function removeOrder(before: OrderState, version: Version): OrderState {
  const key = versionKey(version, 1);
  if (!isLater(key, before.versions['status'])) return before;
  return { ...before, status: 'cancelled', versions: { ...before.versions, status: key } };
}

/** Notes a fulfilment or delivery; of several the first stands. */
export function markOrder(before: OrderState, kind: 'fulfilled' | 'delivered', at: Date): OrderState {
  const field = kind === 'fulfilled' ? 'fulfilledAt' : 'deliveredAt';
  const known = before[field];
  return known !== null && known <= at ? before : { ...before, [field]: at };
}

/** Whether the order, as it stands, was last said by the same import file. */
function continues(state: OrderState, version: Version): boolean {
  return state.versions[WHOLE]?.endsWith(`|0|${version.eventId}`) ?? false;
}
