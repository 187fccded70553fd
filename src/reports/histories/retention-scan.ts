import { type Snapshot } from '../../platform/database/snapshot';
import { addDays, dayNumber, localDate } from '../../kernel/local-time';
import { bounds } from '../data/retention/period-placeholders';
import { type PeriodScope } from '../data/retention/period-scope';
import { DEPARTURES, quietDaysBefore } from '../data/retention/thresholds.sql';
import type { RetentionRows } from '../domain/retention-counts';
import { Beside, MARKS, readTime } from './domain/history-body';
import { LocalDays } from './domain/local-days';
import { PeriodEntries } from './domain/engagement-count';
import { type PeriodBounds, periodOf, PeriodWalk } from './domain/period-walk';
import { type GroupRows, RetentionPass, type RetentionScope } from './domain/retention-pass';
import { type Groups, type OrderHistories } from './order-histories';

/** What of the retention report comes from orders. */
export type OrderRows = Pick<RetentionRows, 'activity' | 'returns' | 'lapsed' | 'upsell'> & {
  stages: NonNullable<RetentionRows['stages']>;
};

/** The rows of all people (`grp` null) and, where groups are asked for, of each of them. */
export interface ScannedRetention {
  all: OrderRows;
  grouped: OrderRows | null;
  /** The groups that were asked for; with more than `mostGroups` their rows are not told. */
  groups: Groups | undefined;
  /** When each customer first ordered, as `engagementCounts` takes it. */
  firstOrders: Buffer[];
}

export interface ScanQuestion {
  /** Whether the stages at the bounds of periods are wanted. */
  stages: boolean;
  /** What has to be new in an order for the upsell ratio. */
  upsell: 'product' | 'category';
  mostGroups: number;
}

interface Packed {
  body: Buffer | null;
}

const NOBODY = Buffer.alloc(0);
const DEPARTURE_BYTES = 24;
const UPSELL_MARKS = { product: MARKS.newProduct, category: MARKS.newCategory };

/** Counts the retention report's figures that come from orders, in one pass over all of them. */
export async function scanRetention(
  histories: OrderHistories,
  scope: PeriodScope,
  { stages, upsell, mostGroups }: ScanQuestion,
): Promise<ScannedRetention> {
  let whole: RetentionPass | undefined;
  const firstOrders = new PeriodEntries();
  const passes = new Map<number, RetentionPass>();
  let groups: Groups | undefined;
  await histories.scan(scope.asOf, async (snapshot) => {
    const retention = { ...(await retentionScope(snapshot, scope)), stages, upsell: UPSELL_MARKS[upsell] };
    const all = (whole = new RetentionPass(retention));
    groups = scope.grouping && (await histories.groups(snapshot, scope, scope.grouping));
    const told = groups && groups.names.length <= mostGroups ? groups : undefined;
    const departures = stages ? ((await snapshot.query<Packed>({ text: DEPARTURES }))[0]?.body ?? NOBODY) : NOBODY;
    const limits = limitsOf(scope);
    return () => {
      const walk = new PeriodWalk(limits);
      const beside = new Beside(departures, DEPARTURE_BYTES);
      const placesOf = told?.walk();
      firstOrders.nextRun();
      return (history, body, offset) => {
        walk.read(history);
        const gone = beside.find(body, offset)
          ? periodOf(readTime(departures, beside.end - 8), limits.bounds)
          : Infinity;
        all.add(history, walk, gone);
        if (walk.count > 0) firstOrders.add(body, offset, walk.periods[0] ?? 0);
        if (!placesOf) return;
        for (const place of placesOf(body, offset)) {
          const own = passes.get(place) ?? new RetentionPass(retention);
          passes.set(place, own);
          own.add(history, walk, gone);
        }
      };
    };
  });
  return {
    all: together([[null, whole?.rows()]]),
    grouped: groups ? together([...passes].map(([place, pass]) => [groups?.names[place] ?? '', pass.rows()])) : null,
    groups,
    firstOrders: firstOrders.runs(),
  };
}

function limitsOf({ periods, asOf }: PeriodScope): PeriodBounds {
  return { bounds: bounds(periods).map(Number), asOf: asOf.getTime() };
}

async function retentionScope(
  snapshot: Snapshot,
  { periods, asOf, zone }: PeriodScope,
): Promise<Omit<RetentionScope, 'stages' | 'upsell'>> {
  const upTo = (at: Date) => new Date(Math.min(at.getTime(), asOf.getTime()));
  const quiet = await snapshot.query<{ days: number }>(quietDaysBefore(bounds(periods).map(upTo)));
  const quietDays = quiet.map(({ days }) => days);
  const today = localDate(asOf, zone);
  return {
    periods: periods.length,
    days: new LocalDays(zone),
    dayBefore: periods.map(({ from }) => dayNumber(addDays(from, -1))),
    lastDay: periods.map(({ to }) => addDays(to, -1)).map((day) => dayNumber(day < today ? day : today)),
    quietBefore: quietDays.slice(0, -1),
    quietAfter: quietDays.slice(1),
  };
}

function together(groups: ReadonlyArray<readonly [string | null, GroupRows | undefined]>): OrderRows {
  const of = <Name extends keyof GroupRows>(name: Name): Array<GroupRows[Name][number] & { grp: string | null }> =>
    groups.flatMap(([grp, rows]) => (rows?.[name] ?? []).map((row) => ({ grp, ...row })));
  return {
    activity: of('activity'),
    returns: of('returns'),
    lapsed: of('lapsed'),
    upsell: of('upsell'),
    stages: of('stages'),
  };
}
