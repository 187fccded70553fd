import { Injectable } from '@nestjs/common';
import { type FactChange } from '../customers/changed-facts';
import { FactChanges } from '../customers/fact-changes';
import { Clock } from '../kernel/clock';
import { addDays, dayNumber, localDate, startOfDay } from '../kernel/local-time';
import { minorDigits } from '../kernel/money';
import { LOCK_ORDERS_SQL } from '../orders/order-watches';
import { AppConfig } from '../platform/config/config';
import { Database, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import {
  type CustomerHistoryRow,
  type HistoryRow,
  historiesPage,
  orderHistories,
  type SpendRow,
  spendHistories,
} from './data/histories.sql';
import {
  ask,
  keepFit,
  notePass,
  type PredictionRow,
  type PredictionState,
  STATE,
  takeState,
  writePredictions,
} from './data/predictions.sql';
import { type CustomerModels, forecastCustomer, type NoModels } from './domain/customer-forecast';
import { ownLapse, ownLapseStarts } from './domain/own-lapse';
import { type RepeatModel } from './domain/repeat-models';
import { type SpendModel } from './domain/spend-model';
import { fitModels } from './fit-in-thread';
import { OverdueReturns, OWN_LAPSE_FACTS } from './overdue-returns';

/** What the fields of conditions stand on. */
export interface PredictionsView {
  /** `predicted.alive`: MBG/NBD, under which somebody with one order is not alive for certain. Null with `reason`. */
  alive: RepeatModel | null;
  /** `predicted.value`: orders by BG/NBD, each of them worth what Gamma-Gamma expects. */
  value: { repeats: RepeatModel; spend: SpendModel | null } | null;
  fittedAt: string | null;
  /** The last day whose orders were looked at; null before the first night. */
  through: string | null;
  reason: NoModels | null;
}

/** Customers whose forecasts are worked out in one transaction; about a tenth of a second of arithmetic. */
const PAGE = 2_000;
const DAY_MS = 86_400_000;
/** Parameters hardly move from day to day, and a fit over a large shop takes a minute. */
const REFIT_MS = 7 * DAY_MS;
/** After midnight in the store's zone, when what belongs to the day before has mostly come in. */
const NIGHTLY_MS = 30 * 60_000;
/** An order that came in while the pass before went on may have been seen by it, or not. */
const LONGEST_PASS_MS = 60 * 60_000;

/** What changes for a customer, and what is told of it. */
interface Moved {
  row: PredictionRow;
  told: FactChange[];
}

/**
 * What is expected of each customer, for conditions. Nothing is worked out until one asks (`predicted.*`); then at once,
 * and again every night from the orders up to the end of the day before, page by page; own lapse thresholds from those up
 * to now. Models are fitted once a week; thresholds need none. The first pass starts no campaign, as history never does;
 * nor does who is moved the night after past orders of theirs became known.
 */
@Injectable()
export class CustomerPredictions {
  private readonly zone: string;
  private readonly minorUnits: number;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly changes: FactChanges,
    private readonly returns: OverdueReturns,
    config: AppConfig,
  ) {
    this.zone = config.store.timezone;
    this.minorUnits = 10 ** minorDigits(config.store.currency);
  }

  /** A condition asks: from now on forecasts are kept. */
  async want(): Promise<void> {
    await this.database.transaction(async (tx) => {
      if ((await tx.execute(ask(this.clock.now()))) > 0) await notifyDue(tx);
    });
  }

  /** How far it is; null while nothing has asked. */
  async state(): Promise<PredictionState | null> {
    const [state] = await this.database.query<PredictionState>(STATE);
    return state ?? null;
  }

  /** The models in force, and how far they were carried; null while nothing has asked. */
  async view(): Promise<PredictionsView | null> {
    const state = await this.state();
    if (!state) return null;
    const { models, reason, fittedAt, day } = state;
    return {
      alive: models?.alive ?? null,
      value: models && { repeats: models.repeats, spend: models.spend },
      fittedAt: fittedAt?.toISOString() ?? null,
      through: day,
      reason: models ? null : reason,
    };
  }

  async nextRunAt(): Promise<Date | null> {
    return (await this.state())?.nextAt ?? null;
  }

  /** Fits the models, or works off one page; the number of customers (1 for a fit), 0 when another process is at it. */
  async run(now: Date): Promise<number> {
    const state = await this.state();
    if (!state || state.nextAt > now) return 0;
    if (state.fittedAt === null || now.getTime() - state.fittedAt.getTime() >= REFIT_MS) return this.fit(state, now);
    return this.database.transaction(async (tx) => {
      const [taken] = await tx.query<PredictionState>(takeState(now));
      return taken ? this.page(tx, taken, now) : 0;
    });
  }

  /** Outside of any transaction: on a large shop it takes its time. */
  private async fit({ fittedAt }: PredictionState, now: Date): Promise<number> {
    const day = this.dayBefore(now);
    const span = { calibrationEnd: day, holdoutEnd: day, asOf: now, zone: this.zone };
    const groups = await this.database.query<HistoryRow>(orderHistories(span));
    const spends = await this.database.query<SpendRow>(spendHistories(span));
    const { models, reason } = await fitModels({
      groups: groups.map(({ repeats, lastDay, observedDays, count }) => ({ repeats, lastDay, observedDays, count })),
      spends: {
        repeats: Float64Array.from(spends.flatMap(({ repeats, means }) => means.map(() => repeats))),
        means: Float64Array.from(spends.flatMap(({ means }) => means.map((mean) => mean / this.minorUnits))),
      },
    });
    return this.database.execute(keepFit(fittedAt, models, reason, now));
  }

  private async page(tx: Tx, state: PredictionState, now: Date): Promise<number> {
    const day = this.dayBefore(now);
    const nextAt = new Date(startOfDay(addDays(day, 2), this.zone).getTime() + NIGHTLY_MS);
    // A pass that midnight overtakes begins anew: all stand at the same day in the end.
    const after = state.day === day ? state.after : null;
    const knownSince = new Date((state.completedAt ?? now).getTime() - LONGEST_PASS_MS);
    const span = { through: day, asOf: now, zone: this.zone, knownSince };
    const people = await tx.query<CustomerHistoryRow>(historiesPage(span, after, PAGE));
    const moved = this.moved(state, people, dayNumber(localDate(now, this.zone)));
    if (moved.length > 0) await this.write(tx, moved, now);
    const last = people.length < PAGE;
    await tx.execute(
      notePass({
        day,
        after: last ? null : (people.at(-1)?.customerId ?? null),
        nextAt: last ? nextAt : state.nextAt,
        completedAt: last ? now : null,
      }),
    );
    return Math.max(1, people.length);
  }

  /**
   * No order comes in from here to the end of the transaction: what came in since the page was read is seen now, what
   * comes later sees this.
   */
  private async write(tx: Tx, moved: readonly Moved[], now: Date): Promise<void> {
    await tx.query(LOCK_ORDERS_SQL);
    const rows = moved.map(({ row }) => row);
    await tx.execute(writePredictions(rows, now));
    const overdue = rows.filter((row) => row.overdue !== null && row.overdue > 0);
    if (overdue.length > 0) {
      await this.returns.takeOut(
        tx,
        overdue.map(({ customerId }) => customerId),
        now,
      );
    }
    await this.changes.announce(tx, now, () => moved.flatMap(({ told }) => told));
  }

  private moved({ models, completedAt }: PredictionState, people: CustomerHistoryRow[], today: number): Moved[] {
    const first = completedAt === null;
    const change = (customerId: string, facts: string, starts: boolean): FactChange[] => [
      { customerId, facts, cause: first ? 'import' : 'time', starts: starts && !first },
    ];
    return people.flatMap((person) => {
      const { customerId } = person;
      const { alive, valueMinor } = this.forecast(models, person);
      const own = ownLapse(person.ownDays, today);
      const told = [
        ...(alive === person.alive && valueMinor === person.valueMinor
          ? []
          : change(customerId, 'predictions', !person.pastBecameKnown)),
        ...(own.days === person.lapseAfter && own.overdue === person.overdue
          ? []
          : change(customerId, OWN_LAPSE_FACTS, ownLapseStarts(person.lapseAfter, own))),
      ];
      const row = { customerId, alive, valueMinor, lapseAfter: own.days, overdue: own.overdue };
      return told.length === 0 ? [] : [{ row, told }];
    });
  }

  /** Nothing is expected of who never ordered, and of nobody while there are no models. */
  private forecast(
    models: CustomerModels | null,
    { repeats, lastDay, observedDays, meanSpend }: CustomerHistoryRow,
  ): Pick<PredictionRow, 'alive' | 'valueMinor'> {
    if (!models || repeats === null || lastDay === null || observedDays === null) {
      return { alive: null, valueMinor: null };
    }
    const mean = meanSpend === null ? null : meanSpend / this.minorUnits;
    const { alive, value } = forecastCustomer(models, { repeats, lastDay, observedDays, meanSpend: mean });
    return { alive, valueMinor: value === null ? null : Math.round(value * this.minorUnits) };
  }

  private dayBefore(now: Date): string {
    return addDays(localDate(now, this.zone), -1);
  }
}
