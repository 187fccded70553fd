import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { AppConfig } from '../platform/config/config';
import { Database } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { SettingsStore } from '../platform/settings/settings';
import { loadPaces, type PaceRow, takenOn, WARM_UP_KEY } from './data/pace.sql';
import { uncertainCounts, type UncertainRow } from './data/uncertain.sql';
import { capsAt, faultsOfPlans, type WarmUpPlan } from './domain/warm-up';

/** `settings/warm-up`. */
export interface WarmUpSetting {
  plans: WarmUpPlan[];
}

/** A cap that holds today. */
export interface WarmUpToday {
  domain: string;
  day: string;
  cap: number;
  taken: number;
}

/** A destination group that pushed back, with the limits that it has now. */
export interface DestinationView {
  group: string;
  concurrency: number;
  perMinute: number;
  /** Nothing goes there before. */
  closedUntil: string | null;
  pushedBackAt: string;
  lastReply: string | null;
}

/** Uncertain mails of one campaign and day. */
export interface UncertainView {
  campaignId: string | null;
  campaign: string | null;
  /** Of the store's zone. */
  day: string;
  count: number;
  oldestAt: string;
  /** How long the oldest has been waiting for evidence or a word. */
  ageSeconds: number;
}

/** The pace for people: warm-up plans, what destinations have asked for, what nobody knows the outcome of. */
@Injectable()
export class SendingPace {
  constructor(
    private readonly config: AppConfig,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: SettingsStore,
    private readonly audit: AuditLog,
  ) {}

  /** The plans, and what of today's caps is used. */
  async warmUp(): Promise<WarmUpSetting & { today: WarmUpToday[] }> {
    const { plans } = (await this.settings.get<WarmUpSetting>(WARM_UP_KEY)) ?? { plans: [] };
    const { day, caps } = capsAt(plans, this.clock.now(), this.config.store.timezone);
    const rows = await this.database.query<{ domain: string; taken: number }>(takenOn(day, [...caps.keys()]));
    const taken = new Map(rows.map((row) => [row.domain, row.taken]));
    const today = [...caps].map(([domain, cap]) => ({ domain, day, cap, taken: taken.get(domain) ?? 0 }));
    return { plans, today };
  }

  /** @throws Refusal 422 naming what is wrong by path. */
  async changeWarmUp(after: WarmUpSetting): Promise<WarmUpSetting & { today: WarmUpToday[] }> {
    const faults = faultsOfPlans(after.plans);
    if (faults.length > 0) throw Refusal.invalid(faults);
    await this.database.transaction(async (tx) => {
      const before = (await this.settings.get<WarmUpSetting>(WARM_UP_KEY, tx)) ?? { plans: [] };
      await this.settings.put(tx, WARM_UP_KEY, after);
      await this.audit.record(tx, { action: 'settings.warm-up', resource: 'settings:warm-up', before, after });
      await notifyDue(tx);
    });
    return this.warmUp();
  }

  /** How many mails are uncertain, by day (newest first) and campaign; null campaign: mails outside of campaigns. */
  async uncertain(): Promise<UncertainView[]> {
    const now = this.clock.now().getTime();
    const rows = await this.database.query<UncertainRow>(uncertainCounts(this.config.store.timezone));
    return rows.map(({ oldestAt, ...row }) => ({
      ...row,
      oldestAt: oldestAt.toISOString(),
      ageSeconds: Math.max(0, Math.round((now - oldestAt.getTime()) / 1000)),
    }));
  }

  /** The groups that pushed back within a day, by name. */
  async destinations(): Promise<DestinationView[]> {
    const now = this.clock.now();
    return (await this.database.query<PaceRow>(loadPaces)).map((row) => ({
      group: row.name,
      concurrency: row.concurrency,
      perMinute: row.perMinute,
      closedUntil: now < row.closedUntil ? row.closedUntil.toISOString() : null,
      pushedBackAt: row.pushedBackAt.toISOString(),
      lastReply: row.lastReply,
    }));
  }
}
