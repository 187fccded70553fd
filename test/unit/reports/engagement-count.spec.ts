import fc from 'fast-check';
import { DoneByPeriod, engagementCounts, PeriodEntries } from '../../../src/reports/histories/domain/engagement-count';
import { sortedIds } from '../../../src/reports/histories/domain/history-body';
import { IdTable } from '../../../src/reports/histories/domain/id-table';

const PERIODS = 11;
const idOf = (n: number): Buffer => sortedIds([`${n.toString(16).padStart(8, '0')}-0000-7000-8000-0000000000aa`]);
const entry = (n: number, period: number, bytes = 2): Buffer => {
  const after = Buffer.alloc(bytes);
  after.writeUIntBE(period, 0, bytes);
  return Buffer.concat([idOf(n), after]);
};

const person = fc.integer({ min: 1, max: 40 });
const period = fc.integer({ min: 0, max: PERIODS });
const told = fc.tuple(person, period);
const onceEach = fc.uniqueArray(told, { selector: ([n]) => n, maxLength: 30 });
const byPerson = (list: Array<[number, number]>) => [...list].sort(([a], [b]) => a - b);

function runs(...lists: Array<Array<[number, number]>>): Buffer[] {
  const entries = new PeriodEntries();
  for (const list of lists) {
    entries.nextRun();
    for (const [n, when] of byPerson(list)) entries.add(idOf(n), 0, when);
  }
  return entries.runs();
}

it('counts the mailable and the engaged of every group as they are counted one by one', () => {
  const created = fc.uniqueArray(fc.tuple(person, fc.oneof(period, fc.constant(32_767))), { selector: ([n]) => n });
  const groups = fc.uniqueArray(fc.tuple(person, fc.integer({ min: 0, max: 2 })), {
    selector: ([n, g]) => `${n} ${g}`,
  });
  fc.assert(
    fc.property(created, onceEach, onceEach, fc.array(told), groups, (mailable, first, later, engaged, members) => {
      const counts = engagementCounts(
        {
          people: Buffer.concat(byPerson(mailable).map(([n, when]) => entry(n, when))),
          firstOrders: runs(first, later),
          members: Buffer.concat(byPerson(members).map(([n, place]) => entry(n, place, 4))),
        },
        new DoneByPeriod(Buffer.concat(engaged.map(([n, when]) => entry(n, when))), PERIODS),
      );
      const expected = (who: (n: number) => boolean) =>
        Array.from({ length: PERIODS + 1 }, (_, at) => {
          const born = (n: number) =>
            Math.min(...[...mailable, ...first, ...later].filter(([other]) => other === n).map(([, when]) => when));
          const own = mailable.map(([n]) => n).filter((n) => who(n) && born(n) <= PERIODS);
          const did = (n: number) => born(n) <= at && engaged.some(([other, when]) => other === n && when === at);
          return { period: at, mailable: own.filter((n) => born(n) === at).length, engaged: own.filter(did).length };
        }).filter((row) => row.mailable > 0 || row.engaged > 0);
      expect(counts.all).toEqual(expected(() => true));
      for (const place of [0, 1, 2]) {
        expect(counts.groups.get(place) ?? []).toEqual(
          expected((n) => members.some(([member, own]) => member === n && own === place)),
        );
      }
    }),
  );
});

it('finds every id in a table, and none that is not there', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 2_000 }), { maxLength: 300 }), (ids) => {
      const table = new IdTable(Buffer.concat([...ids, ...ids].map((n) => entry(n, 0))), 18);
      for (let place = 0; place < table.size; place++) expect(table.add(place)).toBe(place % ids.length);
      const found = (n: number) => table.find(new DataView(new Uint8Array(idOf(n)).buffer), 0);
      for (const [place, n] of ids.entries()) expect(found(n)).toBe(place);
      for (let n = 2_001; n < 2_050; n++) expect(found(n)).toBe(-1);
    }),
  );
});
