import fc from 'fast-check';
import {
  Beside,
  customerAt,
  customerOffsets,
  cutBody,
  HistoryReader,
  MARKS,
  readTime,
  replaceCustomers,
  sliceCustomers,
  sortedIds,
} from '../../../src/reports/histories/domain/history-body';

interface Order {
  microseconds: bigint;
  net: number;
  marks: number;
}

const idOf = (n: number): string => `0195a000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const people = fc.dictionary(
  fc.integer({ min: 1, max: 500 }).map(String),
  fc.array(
    fc.record({
      microseconds: fc.bigInt({ min: -(10n ** 15n), max: 2n * 10n ** 15n }),
      net: fc.integer({ min: 0, max: 2 ** 45 }),
      marks: fc.constantFrom(0, MARKS.renewal, MARKS.newProduct | MARKS.newCategory),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  { maxKeys: 40 },
);

/** As Postgres would send it. */
function bodyOf(histories: Record<string, Order[]>): Buffer {
  const customers = Object.entries(histories).sort(([a], [b]) => Number(a) - Number(b));
  return Buffer.concat(
    customers.flatMap(([n, orders]) => {
      const head = Buffer.concat([sortedIds([idOf(Number(n))]), Buffer.alloc(4)]);
      head.writeUInt32BE(orders.length, 16);
      return [
        head,
        ...orders.map(({ microseconds, net, marks }) => {
          const order = Buffer.alloc(18);
          order.writeBigInt64BE(microseconds);
          order.writeBigInt64BE(BigInt(net), 8);
          order.writeUInt16BE(marks, 16);
          return order;
        }),
      ];
    }),
  );
}

function read(body: Buffer): Record<string, Array<{ at: number; net: number; marks: number }>> {
  const told: Record<string, Array<{ at: number; net: number; marks: number }>> = {};
  new HistoryReader().each(body, ({ count, placedAt, net, marks }, offset) => {
    told[String(parseInt(customerAt(body, offset).slice(-12), 16))] = Array.from({ length: count }, (_, i) => ({
      at: placedAt[i] ?? NaN,
      net: net[i] ?? NaN,
      marks: marks[i] ?? NaN,
    }));
  });
  return told;
}

const told = (histories: Record<string, Order[]>) =>
  Object.fromEntries(
    Object.entries(histories).map(([n, orders]) => [
      n,
      orders.map(({ microseconds, net, marks }) => ({
        at: 946_684_800_000 + Number(microseconds) / 1000,
        ...{ net, marks },
      })),
    ]),
  );

describe('a body of histories', () => {
  it('tells what was put in, to the microsecond and the cent', () => {
    fc.assert(fc.property(people, (histories) => expect(read(bodyOf(histories))).toEqual(told(histories))));
  });

  it('reads an instant as Postgres sends it', () => {
    const sent = Buffer.alloc(8);
    sent.writeBigInt64BE(-1_500n);
    expect(readTime(sent, 0)).toBe(Date.UTC(2000, 0, 1) - 1.5);
  });

  it('has the changed customers replaced, whoever comes, goes or changes', () => {
    fc.assert(
      fc.property(people, people, fc.array(fc.integer({ min: 1, max: 500 })), (before, later, gone) => {
        const changed = [...new Set([...Object.keys(later).map(Number), ...gone])];
        const after = { ...before };
        for (const n of gone) delete after[String(n)];
        Object.assign(after, later);
        const body = replaceCustomers(bodyOf(before), sortedIds(changed.map(idOf)), bodyOf(later));
        expect(body.equals(bodyOf(after))).toBe(true);
      }),
    );
  });

  it('is cut into pieces that together are the whole', () => {
    fc.assert(
      fc.property(people, fc.integer({ min: 1, max: 12 }), (histories, size) => {
        const body = bodyOf(histories);
        const pieces = cutBody(body, size);
        expect(Buffer.concat(pieces.map((piece) => piece.body)).equals(body)).toBe(true);
        for (const piece of pieces) {
          expect(customerOffsets(piece.body)).toHaveLength(piece.customers + 1);
          expect(piece.customers).toBeLessThan(1.5 * size + 1);
        }
      }),
    );
  });

  it('gives the customers between two of them', () => {
    fc.assert(
      fc.property(people, fc.uniqueArray(fc.integer({ min: 1, max: 500 }), { minLength: 1 }), (histories, ids) => {
        const [least, most] = [Math.min(...ids), Math.max(...ids)];
        const between = Object.fromEntries(
          Object.entries(histories).filter(([n]) => Number(n) >= least && Number(n) <= most),
        );
        const own = sliceCustomers(bodyOf(histories), [idOf(least), ...(most > least ? [idOf(most)] : [])]);
        expect(own.equals(bodyOf(between))).toBe(true);
      }),
    );
  });

  it('is walked beside entries of the same customers, several of one among them', () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 40 });
    fc.assert(
      fc.property(numbers, fc.uniqueArray(fc.integer({ min: 1, max: 60 })), (entries, asked) => {
        const beside = new Beside(sortedIds(entries.map(idOf)));
        for (const n of asked.sort((a, b) => a - b)) {
          beside.find(sortedIds([idOf(n)]), 0);
          expect((beside.end - beside.start) / 16).toBe(entries.filter((entry) => entry === n).length);
        }
      }),
    );
  });
});
