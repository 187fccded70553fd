import type { ActivityRow, LapsedRow, ReturnRow, StageBasisRow, UpsellRow } from '../../domain/retention-rows';
import { GrowingList } from './growing-list';
import { MARKS, type OrderHistory } from './history-body';
import { type LocalDays } from './local-days';
import { type PeriodWalk } from './period-walk';

/** What a pass over all histories is asked; lists are by period, the first at 0. Days are numbers of {@link LocalDays}. */
export interface RetentionScope {
  periods: number;
  days: LocalDays;
  /** The day before each period. */
  dayBefore: readonly number[];
  /** The last day of each period that is known. */
  lastDay: readonly number[];
  /** Days of silence after which one is lapsed, when each period begins and when it ends. */
  quietBefore: readonly number[];
  quietAfter: readonly number[];
  /** Whether the stages at the bounds are asked for. */
  stages: boolean;
  /** The mark that tells that something new was bought. */
  upsell: typeof MARKS.newProduct | typeof MARKS.newCategory;
}

/** Of one group of people, or of all. */
export type GroupRows = {
  activity: Array<Omit<ActivityRow, 'grp'>>;
  returns: Array<Omit<ReturnRow, 'grp'>>;
  lapsed: Array<Omit<LapsedRow, 'grp'>>;
  upsell: Array<Omit<UpsellRow, 'grp'>>;
  stages: Array<Omit<StageBasisRow, 'grp'>>;
};

const SOON_DAYS = 90;

/** Counts what the retention report is made of, customer by customer: nothing in it compares two customers. */
export class RetentionPass {
  private readonly active: Float64Array;
  private readonly orders: Float64Array;
  private readonly revenue: Float64Array;
  private readonly otherCurrency: Float64Array;
  private readonly both: Float64Array;
  private readonly revenueOfBoth: Float64Array;
  private readonly revenueKept: Float64Array;
  private readonly upsold: Float64Array;
  private readonly lapsed: Float64Array;
  private readonly wonBack: Float64Array;
  private readonly stageBefore: Float64Array;
  private readonly stageAfter: Float64Array;
  private readonly stageBoth: Float64Array;
  /** What each active person spent, by period. */
  private readonly spent: GrowingList[];
  /** People by the period of their first order and that of their second (the last column: none). */
  private readonly firstAndSecond: Float64Array;
  /** People by the first period that ends 90 days after their first order or later: all, and those who came again soon. */
  private readonly soon: Float64Array;
  private readonly soonAgain: Float64Array;
  /** People by the days until they came again, or until the end. */
  private readonly cameAgain = new Map<number, number>();
  private readonly notAgain = new Map<number, number>();
  /** Whose last order was placed before this instant is lapsed when a period begins; by period, in milliseconds. */
  private readonly lapsedBefore: Float64Array;

  constructor(private readonly scope: RetentionScope) {
    const { days, dayBefore, quietBefore } = scope;
    const silentSince = dayBefore.map((day, i) => days.midnight(day - (quietBefore[i] ?? 0)));
    this.lapsedBefore = Float64Array.of(0, ...silentSince);
    const size = scope.periods + 2;
    const list = () => new Float64Array(size);
    [this.active, this.orders, this.revenue, this.otherCurrency] = [list(), list(), list(), list()];
    [this.both, this.revenueOfBoth, this.revenueKept, this.upsold] = [list(), list(), list(), list()];
    [this.lapsed, this.wonBack, this.soon, this.soonAgain] = [list(), list(), list(), list()];
    [this.stageBefore, this.stageAfter, this.stageBoth] = [list(), list(), list()];
    this.spent = Array.from({ length: size }, () => new GrowingList());
    this.firstAndSecond = new Float64Array(size * size);
  }

  /** @param gone the period in which the customer was deleted or erased (0: before all); Infinity while they are there */
  add(history: OrderHistory, walk: PeriodWalk, gone: number): void {
    if (walk.count === 0) return;
    this.addActivity(history, walk);
    this.addReturn(history, walk);
    this.addSilence(history, walk);
    if (this.scope.stages) this.addStages(history, walk, gone);
  }

  private addActivity({ net, marks }: OrderHistory, { count, periods }: PeriodWalk): void {
    let [periodBefore, revenueBefore] = [-1, 0];
    for (let i = 0; i < count;) {
      const period = periods[i] ?? 0;
      let [revenue, isNew] = [0, 0];
      const from = i;
      for (; i < count && periods[i] === period; i++) {
        const mark = marks[i] ?? 0;
        revenue += net[i] ?? 0;
        isNew |= mark & this.scope.upsell;
        if (mark & MARKS.otherCurrency) add(this.otherCurrency, period, 1);
      }
      // What came before all periods is nobody's activity in one.
      if (period === 0) continue;
      add(this.active, period, 1);
      add(this.orders, period, i - from);
      add(this.revenue, period, revenue);
      this.spent[period]?.push(revenue);
      if (isNew) add(this.upsold, period, 1);
      if (periodBefore === period - 1) {
        add(this.both, period, 1);
        add(this.revenueOfBoth, period, revenue);
        add(this.revenueKept, period, Math.min(revenue, revenueBefore));
      }
      [periodBefore, revenueBefore] = [period, revenue];
    }
  }

  private addReturn({ placedAt, marks }: OrderHistory, { count, periods }: PeriodWalk): void {
    const { days, lastDay } = this.scope;
    const size = this.scope.periods + 2;
    const firstDay = days.of(placedAt[0] ?? 0);
    const nextMidnight = days.midnight(firstDay + 1);
    const second = count > 1 ? (periods[1] ?? 0) : size - 1;
    add(this.firstAndSecond, (periods[0] ?? 0) * size + second, 1);
    let again = 0;
    // A renewal of a subscription is no return, but an order.
    while (again < count && ((placedAt[again] ?? 0) < nextMidnight || (marks[again] ?? 0) & MARKS.renewal)) again++;
    const againDay = again < count ? days.of(placedAt[again] ?? 0) : undefined;
    let soon = 1;
    while (soon <= lastDay.length && (lastDay[soon - 1] ?? 0) < firstDay + SOON_DAYS) soon++;
    add(this.soon, soon, 1);
    if (againDay !== undefined && againDay <= firstDay + SOON_DAYS) add(this.soonAgain, soon, 1);
    const waits = againDay === undefined ? this.notAgain : this.cameAgain;
    const waited = (againDay ?? lastDay[lastDay.length - 1] ?? firstDay) - firstDay;
    waits.set(waited, (waits.get(waited) ?? 0) + 1);
  }

  /** Who was silent for so long when a period began that they were lapsed: from one order to the period of the next. */
  private addSilence({ placedAt }: OrderHistory, { count, periods }: PeriodWalk): void {
    for (let i = 0; i < count; i++) {
      const next = i + 1 < count ? (periods[i + 1] ?? 0) : Infinity;
      const placed = placedAt[i] ?? 0;
      for (let period = (periods[i] ?? 0) + 1; period <= next && period <= this.scope.periods; period++) {
        if (placed >= (this.lapsedBefore[period] ?? 0)) continue;
        add(this.lapsed, period, 1);
        if (period === next) add(this.wonBack, period, 1);
      }
    }
  }

  /** Who was neither a prospect nor lapsed when a period began, when it ended, and at both. */
  private addStages({ placedAt }: OrderHistory, { count, periods }: PeriodWalk, gone: number): void {
    const { days, dayBefore, lastDay, quietBefore, quietAfter } = this.scope;
    let ordered = 0;
    let day = -Infinity;
    for (let period = 1; period <= this.scope.periods; period++) {
      for (; ordered < count && (periods[ordered] ?? 0) < period; ordered++) day = days.of(placedAt[ordered] ?? 0);
      const before = (dayBefore[period - 1] ?? 0) - day <= (quietBefore[period - 1] ?? 0) && gone >= period;
      for (; ordered < count && periods[ordered] === period; ordered++) day = days.of(placedAt[ordered] ?? 0);
      const after = (lastDay[period - 1] ?? 0) - day <= (quietAfter[period - 1] ?? 0) && gone > period;
      if (before) add(this.stageBefore, period, 1);
      if (after) add(this.stageAfter, period, 1);
      if (before && after) add(this.stageBoth, period, 1);
    }
  }

  rows(): GroupRows {
    const places = Array.from({ length: this.scope.periods }, (_, i) => i + 1);
    const of = (list: Float64Array, period: number): number => list[period] ?? 0;
    const some = (...lists: Float64Array[]) => places.filter((period) => lists.some((list) => of(list, period) > 0));
    return {
      activity: some(this.active).map((period) => ({
        period,
        ...{ active: of(this.active, period), orders: of(this.orders, period), revenue: of(this.revenue, period) },
        ...{ otherCurrency: of(this.otherCurrency, period), both: of(this.both, period) },
        ...{ revenueOfBoth: of(this.revenueOfBoth, period), revenueKept: of(this.revenueKept, period) },
        topRevenue: this.spent[period]?.sumOfGreatest(0.2) ?? 0,
      })),
      returns: this.returns(),
      lapsed: some(this.lapsed).map((period) => ({
        ...{ period, lapsed: of(this.lapsed, period), wonBack: of(this.wonBack, period) },
      })),
      upsell: some(this.upsold).map((period) => ({ period, upsold: of(this.upsold, period) })),
      stages: some(this.stageBefore, this.stageAfter).map((period) => ({
        period,
        ...{ before: of(this.stageBefore, period), active: of(this.stageAfter, period) },
        both: of(this.stageBoth, period),
      })),
    };
  }

  private returns(): GroupRows['returns'] {
    const size = this.scope.periods + 2;
    const row = { first: null, second: null, days: null, returned: null };
    const orders = [...this.firstAndSecond].flatMap((customers, place) => {
      const [first, second] = [Math.floor(place / size), place % size];
      if (customers === 0) return [];
      return [{ ...row, kind: 'orders' as const, first, second: second === size - 1 ? null : second, customers }];
    });
    const soon = [...this.soon].flatMap((all, first) => {
      const again = this.soonAgain[first] ?? 0;
      return [
        { ...row, kind: 'soon' as const, first, returned: true, customers: again },
        { ...row, kind: 'soon' as const, first, returned: false, customers: all - again },
      ].filter(({ customers }) => customers > 0);
    });
    const wait = (returned: boolean, waits: ReadonlyMap<number, number>) =>
      [...waits].map(([days, customers]) => ({ ...row, kind: 'wait' as const, days, returned, customers }));
    return [...orders, ...soon, ...wait(true, this.cameAgain), ...wait(false, this.notAgain)];
  }
}

function add(list: Float64Array, place: number, amount: number): void {
  list[place] = (list[place] ?? 0) + amount;
}
