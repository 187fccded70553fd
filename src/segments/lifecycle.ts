import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { addDuration, parseDuration } from '../kernel/duration';
import { Refusal } from '../kernel/errors';
import { localDate } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { type LapseBasis, LapseThresholds } from '../predictions/lapse-thresholds';
import { HOLD_MEMBERSHIP, requestFillsAsking } from './data/membership.sql';
import {
  currentLifecycle,
  holdLifecycle,
  insertLifecycle,
  type LifecycleRow,
  noteEstimate,
  resortStages,
  shareLifecycle,
} from './data/lifecycle.sql';
import { type LifecycleRules } from './stage';

/** `PUT /settings/lifecycle`. */
export interface LifecycleChange {
  /** `auto`, or a duration of whole days or weeks. */
  lapsedAfter: string;
  repeatMinOrders: number;
}

/** `GET /settings/lifecycle`: the setting, the threshold that follows from it, and what `auto` rests on. */
export interface LifecycleView extends LifecycleChange {
  /** The threshold in force as a duration of days: `P108D`. */
  effective: string;
  /** When `auto` was last computed; null for a set duration. */
  computedAt: string | null;
  basis: (LapseBasis & { estimatedDays: number }) | null;
}

const AUTO = 'auto';
const MONTH = { years: 0, months: 1, weeks: 0, days: 0, hours: 0, minutes: 0, seconds: 0 };

/** The lifecycle setting: from when a customer counts as lapsed, from how many orders as a repeat one. */
@Injectable()
export class Lifecycle {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly thresholds: LapseThresholds,
    private readonly audit: AuditLog,
  ) {}

  async view(): Promise<LifecycleView> {
    return viewOf(await current(this.database));
  }

  /** The rules in force, held until the end of the transaction against a change of them. */
  async rulesFor(tx: Tx): Promise<LifecycleRules> {
    await tx.execute(shareLifecycle);
    return currentRules(tx);
  }

  /**
   * Changes the setting and sorts everybody anew, silently: transitions by `threshold` start no campaign. `auto` is
   * computed at once.
   *
   * @throws Refusal (422) for a `lapsedAfter` that is neither `auto` nor whole days or weeks.
   */
  async change({ lapsedAfter, repeatMinOrders }: LifecycleChange): Promise<LifecycleView> {
    const days = lapsedAfter === AUTO ? null : wholeDays(lapsedAfter);
    return this.database.transaction(async (tx) => {
      await tx.execute(holdLifecycle);
      const before = await current(tx);
      const at = this.clock.now();
      const chosen =
        days === null ? await this.estimate(tx, at) : { effectiveDays: days, basis: null, computedAt: null };
      const row = { lapsedAfter, repeatMinOrders, ...chosen };
      await this.enforce(tx, row, at);
      const view = viewOf(row);
      await this.audit.record(tx, {
        action: 'lifecycle.change',
        resource: 'settings:lifecycle',
        before: viewOf(before),
        after: view,
      });
      return view;
    });
  }

  /** When `auto` is to be computed again: a month after it last was. Null for a set duration. */
  async nextEstimateAt(): Promise<Date | null> {
    const { lapsedAfter, computedAt } = await current(this.database);
    return lapsedAfter === AUTO && computedAt ? this.monthAfter(computedAt) : null;
  }

  /** The monthly estimate: adopted if it moved by a tenth and by three days, else only noted. False if none was due. */
  async refresh(now: Date): Promise<boolean> {
    // Looked at before the lock is taken: everything that touches stages would wait behind it.
    const due = await this.nextEstimateAt();
    if (!due || due > now) return false;
    return this.database.transaction(async (tx) => {
      await tx.execute(holdLifecycle);
      const { id, lapsedAfter, effectiveDays, repeatMinOrders, computedAt } = await current(tx);
      if (lapsedAfter !== AUTO || !computedAt || this.monthAfter(computedAt) > now) return false;
      const estimate = await this.thresholds.estimate(tx, now);
      const basis = { ...estimate.basis, estimatedDays: estimate.days };
      if (this.thresholds.isAdopted(estimate, effectiveDays)) {
        await this.enforce(
          tx,
          { lapsedAfter, repeatMinOrders, effectiveDays: estimate.days, basis, computedAt: now },
          now,
        );
      } else {
        await tx.execute(noteEstimate(id, now, basis));
      }
      return true;
    });
  }

  private async estimate(tx: Tx, at: Date): Promise<Pick<LifecycleRow, 'effectiveDays' | 'basis' | 'computedAt'>> {
    const { days, basis } = await this.thresholds.estimate(tx, at);
    return { effectiveDays: days, basis: { ...basis, estimatedDays: days }, computedAt: at };
  }

  private async enforce(tx: Tx, row: Omit<LifecycleRow, 'id'>, at: Date): Promise<void> {
    await tx.execute(insertLifecycle(at, row));
    await tx.execute(
      resortStages(at, localDate(at, this.config.store.timezone), row.effectiveDays, row.repeatMinOrders),
    );
    await tx.execute(HOLD_MEMBERSHIP);
    await tx.execute(requestFillsAsking('stages', at));
    await notifyDue(tx);
  }

  private monthAfter(at: Date): Date {
    return addDuration(at, MONTH, this.config.store.timezone);
  }
}

/** The rules in force, as they stand at this moment. */
export async function currentRules(db: Queryable): Promise<LifecycleRules> {
  const { effectiveDays, repeatMinOrders } = await current(db);
  return { thresholdDays: effectiveDays, repeatMinOrders };
}

/** The migration brings the first row, so there always is one. */
async function current(db: Queryable): Promise<LifecycleRow> {
  const [row] = await db.query<LifecycleRow>(currentLifecycle());
  if (!row) throw new Error('the lifecycle setting is missing');
  return row;
}

function viewOf(row: Omit<LifecycleRow, 'id'>): LifecycleView {
  return {
    lapsedAfter: row.lapsedAfter,
    repeatMinOrders: row.repeatMinOrders,
    effective: `P${row.effectiveDays}D`,
    computedAt: row.computedAt?.toISOString() ?? null,
    basis: row.basis as LifecycleView['basis'],
  };
}

const LONGEST_DAYS = 3660;

function wholeDays(text: string): number {
  const duration = parseDuration(text);
  const isWhole =
    duration && !(duration.years || duration.months || duration.hours || duration.minutes || duration.seconds);
  const days = isWhole ? duration.weeks * 7 + duration.days : 0;
  if (days >= 1 && days <= LONGEST_DAYS) return days;
  const message = `must be auto, or a duration of whole days or weeks such as P90D, at most P${LONGEST_DAYS}D`;
  throw Refusal.invalid([{ path: 'lapsedAfter', message }]);
}
