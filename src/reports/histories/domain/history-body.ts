/**
 * Orders of many customers in one piece of memory. A customer, ascending by id: the id (16 bytes), how many orders follow
 * (4), and each order from the earliest, `ORDER_BYTES` long: when it was placed (8, microseconds since 2000-01-01), what it
 * brought (8, minor units of store money), marks (2). Numbers are big-endian, as Postgres sends them.
 */
export const ID_BYTES = 16;
const HEAD_BYTES = ID_BYTES + 4;
const ORDER_BYTES = 18;
/** 2000-01-01 in milliseconds since 1970. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
const HIGH = 2 ** 32;

/** Marks of an order. */
export const MARKS = {
  /** An automatic renewal of a subscription. */
  renewal: 1,
  /** What it brought is not known in store money. */
  otherCurrency: 2,
  /** Has a product that the customer had not ordered before, and is not their first. */
  newProduct: 4,
  /** Has a category that the customer had not ordered before, and is not their first. */
  newCategory: 8,
} as const;

/** The instant that Postgres sent, in milliseconds since 1970, with a fraction. */
export function readTime(body: Buffer, offset: number): number {
  return POSTGRES_EPOCH_MS + (body.readInt32BE(offset) * HIGH + body.readUInt32BE(offset + 4)) / 1000;
}

/** The orders of one customer, from the earliest. Its lists are used again for the next customer. */
export interface OrderHistory {
  count: number;
  /** Milliseconds since 1970, with a fraction. */
  placedAt: Float64Array;
  /** Net revenue in minor units, 0 where it is not known. */
  net: Float64Array;
  marks: Uint16Array;
}

/** The bytes of ids, ascending, one after the other. */
export type SortedIds = Buffer;

/** Ids `xxxxxxxx-xxxx-...` as {@link SortedIds}. */
export function sortedIds(ids: readonly string[]): SortedIds {
  return Buffer.from(
    [...ids]
      .sort((a, b) => (a < b ? -1 : 1))
      .join('')
      .replaceAll('-', ''),
    'hex',
  );
}

/** Walks ascending entries that begin with an id beside ascending customers. */
export class Beside {
  /** Where the entries of the customer who was found begin, and where they end; the same place when there are none. */
  start = 0;
  end = 0;
  private readonly view: DataView;
  private body: Buffer | undefined;
  private other: DataView | undefined;

  constructor(
    entries: Buffer,
    private readonly entryBytes = ID_BYTES,
  ) {
    this.view = viewOf(entries);
  }

  /** Finds the customer whose id is at `offset` of `body`, and passes those of earlier ones; whether there are entries. */
  find(body: Buffer, offset: number): boolean {
    const { view, entryBytes } = this;
    const length = view.byteLength;
    if (this.body !== body || !this.other) [this.body, this.other] = [body, viewOf(body)];
    let at = this.end;
    while (at < length && compareIds(view, at, this.other, offset) < 0) at += entryBytes;
    this.start = at;
    while (at < length && compareIds(view, at, this.other, offset) === 0) at += entryBytes;
    this.end = at;
    return this.end > this.start;
  }
}

/** Where each customer begins, and at last the end. */
export function customerOffsets(body: Buffer): number[] {
  const offsets: number[] = [];
  let offset = 0;
  while (offset < body.length) {
    offsets.push(offset);
    offset += HEAD_BYTES + body.readUInt32BE(offset + ID_BYTES) * ORDER_BYTES;
  }
  return [...offsets, offset];
}

/** The id of the customer who begins there. */
export function customerAt(body: Buffer, offset: number): string {
  const hex = body.toString('hex', offset, offset + ID_BYTES);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Tells of each customer in turn; `offset` is where the customer begins. */
export class HistoryReader {
  private history: OrderHistory = emptyHistory(64);

  each(body: Buffer, visit: (history: OrderHistory, offset: number) => void): void {
    const view = viewOf(body);
    let offset = 0;
    while (offset < body.length) {
      const count = view.getUint32(offset + ID_BYTES);
      if (count > this.history.placedAt.length) this.history = emptyHistory(2 * count);
      const { history } = this;
      const { placedAt, net, marks } = history;
      history.count = count;
      let at = offset + HEAD_BYTES;
      for (let i = 0; i < count; i++, at += ORDER_BYTES) {
        placedAt[i] = POSTGRES_EPOCH_MS + (view.getInt32(at) * HIGH + view.getUint32(at + 4)) / 1000;
        net[i] = view.getInt32(at + 8) * HIGH + view.getUint32(at + 12);
        marks[i] = view.getUint16(at + 16);
      }
      visit(history, offset);
      offset = at;
    }
  }
}

function emptyHistory(orders: number): OrderHistory {
  return {
    count: 0,
    placedAt: new Float64Array(orders),
    net: new Float64Array(orders),
    marks: new Uint16Array(orders),
  };
}

/** `body` with the customers of `changed` left out and those of `fresh` put in their places. */
export function replaceCustomers(body: Buffer, changed: SortedIds, fresh: Buffer): Buffer {
  const pieces: Buffer[] = [];
  const beside = new Beside(changed);
  const [old, put] = [customerOffsets(body), customerOffsets(fresh)];
  const [oldView, freshView] = [viewOf(body), viewOf(fresh)];
  let next = 0;
  for (let i = 0; i < old.length - 1; i++) {
    const offset = old[i] ?? 0;
    if (beside.find(body, offset)) continue;
    const from = next;
    while (next < put.length - 1 && compareIds(freshView, put[next] ?? 0, oldView, offset) < 0) next++;
    pieces.push(fresh.subarray(put[from], put[next]), body.subarray(offset, old[i + 1]));
  }
  return Buffer.concat([...pieces, fresh.subarray(put[next])]);
}

/** By four numbers each: it is asked for millions of ids, and a call of the runtime's own comparison takes ten times as long. */
function compareIds(a: DataView, atA: number, b: DataView, atB: number): number {
  for (let i = 0; i < ID_BYTES; i += 4) {
    const difference = a.getUint32(atA + i) - b.getUint32(atB + i);
    if (difference !== 0) return difference;
  }
  return 0;
}

export function viewOf(body: Buffer): DataView {
  return new DataView(body.buffer, body.byteOffset, body.byteLength);
}

/** Cuts it into pieces of so many customers; the last one may have up to half as many more. */
export function cutBody(body: Buffer, customers: number): Array<{ customers: number; body: Buffer }> {
  const offsets = customerOffsets(body);
  const pieces: Array<{ customers: number; body: Buffer }> = [];
  let from = 0;
  while (from < offsets.length - 1) {
    const left = offsets.length - 1 - from;
    const taken = left < 1.5 * customers ? left : customers;
    pieces.push({ customers: taken, body: body.subarray(offsets[from], offsets[from + taken]) });
    from += taken;
  }
  return pieces;
}

/** The customers of `body` who are between the first and the last of `ids`; `ids` ascending. */
export function sliceCustomers(body: Buffer, ids: readonly string[]): Buffer {
  const edges = viewOf(sortedIds([ids[0] ?? '', ids.at(-1) ?? '']));
  const view = viewOf(body);
  const offsets = customerOffsets(body);
  const count = offsets.length - 1;
  let from = 0;
  while (from < count && compareIds(view, offsets[from] ?? 0, edges, 0) < 0) from++;
  let to = from;
  while (to < count && compareIds(view, offsets[to] ?? 0, edges, ID_BYTES) <= 0) to++;
  return body.subarray(offsets[from], offsets[to]);
}
