import type { EngagementRow } from '../../domain/retention-rows';
import { FirstOrders } from './first-orders';
import { Beside, ID_BYTES } from './history-body';

const ENTRY_BYTES = ID_BYTES + 2;

/** All ascending by id: 16 bytes of it and 2 of a period, from 1; 0 is the time before all, what is too large after them. */
export interface EngagementFacts {
  /** Whom a mail may be sent to, and when they were created. */
  mailable: Buffer;
  /** Who did something, and when. */
  engaged: Buffer;
  firstOrders: FirstOrders;
}

type GroupsOf = (body: Buffer, offset: number) => Iterable<number>;

/**
 * Mailable people by the period in which they came into being (by creation or first order, whichever was earlier), and those
 * who did something by the period in which they did. `groupsOf` tells the groups of each, in place of everybody's one, 0.
 */
export function countEngagement(
  { mailable, engaged, firstOrders }: EngagementFacts,
  periods: number,
  groupsOf: GroupsOf = () => [0],
): Array<{ place: number; rows: Array<Omit<EngagementRow, 'grp'>> }> {
  const orders = firstOrders.runs().map((run) => ({ run, beside: new Beside(run, FirstOrders.entryBytes) }));
  const done = new Beside(engaged, ENTRY_BYTES);
  const counts = new Map<number, { mailable: Float64Array; engaged: Float64Array; seen: Float64Array }>();
  let person = 0;
  for (let at = 0; at < mailable.length; at += ENTRY_BYTES) {
    person++;
    let born = mailable.readUInt16BE(at + ID_BYTES);
    for (const { run, beside } of orders) {
      const { start, end: after } = beside.find(mailable, at);
      if (after > start) born = Math.min(born, run.readUInt16BE(start + ID_BYTES));
    }
    if (born > periods) continue;
    const own = done.find(mailable, at);
    for (const place of groupsOf(mailable, at)) {
      const group = counts.get(place) ?? emptyCounts(periods + 1);
      counts.set(place, group);
      group.mailable[born] = (group.mailable[born] ?? 0) + 1;
      for (let entry = own.start; entry < own.end; entry += ENTRY_BYTES) {
        const period = engaged.readUInt16BE(entry + ID_BYTES);
        if (period < born || group.seen[period] === person) continue;
        group.seen[period] = person;
        group.engaged[period] = (group.engaged[period] ?? 0) + 1;
      }
    }
  }
  return [...counts].map(([place, group]) => ({
    place,
    rows: [...group.mailable.keys()]
      .map((period) => ({ period, mailable: group.mailable[period] ?? 0, engaged: group.engaged[period] ?? 0 }))
      .filter((row) => row.mailable > 0 || row.engaged > 0),
  }));
}

function emptyCounts(size: number) {
  return { mailable: new Float64Array(size), engaged: new Float64Array(size), seen: new Float64Array(size) };
}
