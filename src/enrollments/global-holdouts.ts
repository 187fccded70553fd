import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { addDuration, parseDuration } from '../kernel/duration';
import { Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import {
  beginPeriod,
  changeRotation,
  endPeriod,
  insertDraws,
  type NewDraw,
  OPEN_PERIOD,
  type PeriodRow,
  PERIODS_LOCK,
} from './data/global-holdout.sql';
import { type GlobalHoldoutSetting, NO_GLOBAL_HOLDOUT, readGlobalHoldout } from './domain/global-holdout';

/** The setting with the period in force. */
export interface GlobalHoldoutView extends GlobalHoldoutSetting {
  /** Null while nobody is held out. Anybody can recompute who is from `salt`. */
  period: { number: number; salt: string; startedAt: string; rotatesAt: string | null } | null;
}

/**
 * The global holdout: a share of the people whom no campaign but transactional ones mails, so that all of them together
 * can be measured. Each period has a salt of its own; a change of the share begins a new one.
 */
@Injectable()
export class GlobalHoldouts {
  /** What a transaction has read holds until its end: one claim, one period. */
  private readonly read = new WeakMap<Queryable, PeriodRow | null>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly audit: AuditLog,
  ) {}

  /** The setting; share 0 where none was made. */
  async view(db: Queryable = this.database): Promise<GlobalHoldoutView> {
    return viewOf(await openPeriod(db));
  }

  /**
   * Replaces the setting. Another share ends the period and begins a new one (with 0 none), in which everybody is drawn
   * anew; another `rotateEvery` alone only moves the end of the one in force.
   *
   * @throws Refusal (422) with every fault.
   */
  async change(body: unknown): Promise<GlobalHoldoutView> {
    const { setting, faults } = readGlobalHoldout(body);
    if (faults.length > 0) throw Refusal.invalid(faults);
    return this.database.transaction(async (tx) => {
      await tx.execute(PERIODS_LOCK);
      const open = await openPeriod(tx);
      if (open && open.share === setting.share) await this.reschedule(tx, open, setting.rotateEvery);
      else await this.renew(tx, open, setting, this.clock.now());
      const after = viewOf(await openPeriod(tx));
      await this.audit.record(tx, {
        action: 'settings.global-holdout',
        resource: 'settings:global-holdout',
        before: viewOf(open),
        after,
      });
      await notifyDue(tx);
      return after;
    });
  }

  /** The period in force; within a transaction it is read once. One that is due to rotate holds until it has. */
  async current(db: Queryable): Promise<PeriodRow | null> {
    const known = this.read.get(db);
    if (known !== undefined) return known;
    const period = await openPeriod(db);
    if (db !== this.database) this.read.set(db, period);
    return period;
  }

  /** Stores in which arm people were drawn who were asked about; the first time in a period counts. */
  async store(tx: Tx, period: PeriodRow, draws: readonly NewDraw[], now: Date): Promise<void> {
    if (draws.length > 0) await tx.execute(insertDraws(period.id, draws, now));
  }

  /** When the period in force is due to rotate. */
  async nextRotation(): Promise<Date | null> {
    return (await openPeriod(this.database))?.rotatesAt ?? null;
  }

  /** Begins the next period if that is due; the number of periods begun. */
  rotate(now: Date): Promise<number> {
    return this.database.transaction(async (tx) => {
      await tx.execute(PERIODS_LOCK);
      const open = await openPeriod(tx);
      if (!open?.rotatesAt || open.rotatesAt > now) return 0;
      await this.renew(tx, open, open, now);
      return 1;
    });
  }

  private async reschedule(tx: Tx, open: PeriodRow, every: string | null): Promise<void> {
    if (every !== open.rotateEvery) {
      await tx.execute(changeRotation(open.id, every, this.after(open.startedAt, every)));
    }
  }

  private async renew(tx: Tx, open: PeriodRow | null, setting: GlobalHoldoutSetting, now: Date): Promise<void> {
    if (open) await tx.execute(endPeriod(open.id, now));
    const { share, rotateEvery } = setting;
    if (share === 0) return;
    const drawn = { id: newId(now), salt: randomBytes(16).toString('hex'), share };
    const rotatesAt = this.after(now, rotateEvery);
    await tx.execute(beginPeriod({ ...drawn, rotateEvery, startedAt: now, rotatesAt }));
  }

  private after(at: Date, every: string | null): Date | null {
    const duration = every === null ? undefined : parseDuration(every);
    return duration ? addDuration(at, duration, this.config.store.timezone) : null;
  }
}

async function openPeriod(db: Queryable): Promise<PeriodRow | null> {
  const [row] = await db.query<PeriodRow>(OPEN_PERIOD);
  return row ?? null;
}

function viewOf(period: PeriodRow | null): GlobalHoldoutView {
  if (!period) return { ...NO_GLOBAL_HOLDOUT, period: null };
  const { share, rotateEvery, number, salt, startedAt, rotatesAt } = period;
  const inForce = {
    number,
    salt,
    startedAt: startedAt.toISOString(),
    rotatesAt: rotatesAt?.toISOString() ?? null,
  };
  return { share, rotateEvery, period: inForce };
}
