import { isDeepStrictEqual } from 'node:util';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CampaignPrograms, type RunningCampaign, versionKey } from '../../campaigns/campaign-programs';
import { addDuration } from '../../kernel/duration';
import { newId } from '../../kernel/ids';
import { AppConfig } from '../../platform/config/config';
import { Database, type Tx } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { CustomerEntries } from '../customer-entries';
import {
  claimClock,
  type ClockRow,
  insertClock,
  insertOccurrence,
  lockClock,
  NEAREST_CLOCK,
  type NewOccurrence,
  unplanned,
  type UnplannedRow,
  writeClock,
} from '../data/campaign-clocks.sql';
import { lockCustomers } from '../data/entry.sql';
import { isTimeTrigger, nextOfZones, type TimeTrigger, zoneOf } from '../domain/occurrences';
import { OccurrenceMembers } from '../occurrence-members';

/** Campaigns whose clocks are set in one go. */
const PLANNED_AT_ONCE = 100;
/** Missed times that are counted in one go; a cron line of every minute has 1,440 a day. */
const MISSED_AT_ONCE = 1_500;

/** A campaign whose time has come. */
interface Due {
  clock: ClockRow;
  /** Of the clock, not null. */
  at: Date;
  campaign: RunningCampaign;
  trigger: TimeTrigger;
}

/**
 * Takes people into campaigns when the clock says so: schedules, dates, anniversaries. Each campaign has one clock, a
 * row that remembers up to which instant everything was worked off and how far it came with the next time. A page of
 * customers and that memory are one transaction, so nobody is taken twice and nobody forgotten, whatever crashes.
 */
@Injectable()
export class OccurrencesWork implements DueWork, OnModuleInit {
  readonly name = 'enrollments.occurrences';
  readonly order = DUE_ORDER.entries;

  constructor(
    private readonly database: Database,
    private readonly registry: DueWorkRegistry,
    private readonly config: AppConfig,
    private readonly programs: CampaignPrograms,
    private readonly entries: CustomerEntries,
    private readonly members: OccurrenceMembers,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ due: Date | null }>(NEAREST_CLOCK);
    return row?.due ?? null;
  }

  async runDue(now: Date, limit: number): Promise<number> {
    const planned = await this.database.transaction((tx) => this.plan(tx, now));
    return planned > 0 ? planned : this.database.transaction((tx) => this.work(tx, now, limit));
  }

  /**
   * Sets the clocks of campaigns that have none for their live version. The plan begins when the version was published,
   * however much later this runs; one with the same trigger goes on where it stood.
   */
  private async plan(tx: Tx, now: Date): Promise<number> {
    const rows = await tx.query<UnplannedRow>(unplanned(PLANNED_AT_ONCE));
    if (rows.length === 0) return 0;
    const versions = await this.programs.load(
      tx,
      rows.map((row) => ({ campaignId: row.id, version: row.live_version })),
    );
    for (const { id, live_version: version, published_at: publishedAt } of rows) {
      const trigger = versions.get(versionKey(id, version))?.definition.trigger;
      if (!trigger) continue;
      await tx.execute(insertClock(id, publishedAt));
      const [clock] = await tx.query<ClockRow>(lockClock(id));
      if (!clock || clock.version >= version) continue;
      if (isDeepStrictEqual(clock.trigger, trigger)) {
        await tx.execute(writeClock({ ...clock, version }));
        continue;
      }
      if (clock.up_to !== null && clock.next_at !== null) {
        await this.record(tx, clock, { at: clock.next_at, status: 'cancelled', reason: 'changed' }, now);
      }
      const next_at = isTimeTrigger(trigger) ? await this.nextAfter(tx, trigger, publishedAt) : null;
      await tx.execute(writeClock(startedClock({ ...clock, version, trigger, next_at }, publishedAt)));
    }
    return rows.length;
  }

  private async work(tx: Tx, now: Date, limit: number): Promise<number> {
    const [clock] = await tx.query<ClockRow>(claimClock(now));
    if (!clock?.next_at) return 0;
    const [campaign] = await this.programs.running(tx, clock.campaign_id);
    const trigger = campaign?.definition.trigger;
    // Paused, archived or changed since the claim: the next look knows.
    if (campaign?.status !== 'active' || campaign.version !== clock.version) return 0;
    if (!trigger || !isTimeTrigger(trigger)) return 0;
    const due = { clock, at: clock.next_at, campaign, trigger };
    return this.isTooLate(due, due.at, now) ? this.miss(tx, due, now) : this.takePage(tx, due, now, limit);
  }

  private async takePage(tx: Tx, due: Due, now: Date, limit: number): Promise<number> {
    const { clock, at, campaign, trigger } = due;
    const { ids, upTo } = await this.members.page(tx, {
      campaignId: campaign.campaignId,
      trigger,
      from: clock.done_until,
      to: at,
      after: clock.up_to,
      limit,
      now,
      since: clock.since,
    });
    const locked = await tx.query<{ id: string }>(lockCustomers(ids));
    const candidates = locked.map(({ id }) => {
      return { campaign, customerId: id, entryKey: '', eventId: null, orderId: null };
    });
    const outcomes = await this.entries.enter(tx, candidates, now);
    const entered = clock.entered + outcomes.filter(({ decision }) => decision.enrolled).length;
    const refused = clock.refused + outcomes.filter(({ decision }) => !decision.enrolled).length;
    const after = { ...clock, entered, refused };
    if (upTo !== null) await tx.execute(writeClock({ ...after, up_to: upTo }));
    else await this.finish(tx, { ...due, clock: after }, now);
    return Math.max(1, ids.length);
  }

  /** Everybody of this time was looked at. Hours of the world at which nobody of ours had an anniversary leave no row. */
  private async finish(tx: Tx, { clock, at, trigger }: Due, now: Date): Promise<void> {
    if (trigger.on === 'schedule' || clock.entered + clock.refused > 0) {
      await this.record(tx, clock, { at, status: 'done', reason: null }, now);
    }
    await this.moveOn(tx, clock, at, await this.nextAfter(tx, trigger, at));
  }

  /** After an outage or a pause: times that are of no use any more are recorded as missed, together. */
  private async miss(tx: Tx, due: Due, now: Date): Promise<number> {
    const zones = await this.members.zones(tx, due.trigger);
    let last = due.at;
    let next: Date | null = due.at;
    let times = 0;
    while (next !== null && times < MISSED_AT_ONCE && this.isTooLate(due, next, now)) {
      last = next;
      times++;
      next = nextOfZones(due.trigger, next, zones);
    }
    const missed = { at: last, firstAt: due.at, times, status: 'missed', reason: 'too_late' } as const;
    await this.record(tx, due.clock, missed, now);
    await this.moveOn(tx, due.clock, last, next);
    return times;
  }

  private async nextAfter(tx: Tx, trigger: TimeTrigger, at: Date): Promise<Date | null> {
    return nextOfZones(trigger, at, await this.members.zones(tx, trigger));
  }

  private isTooLate({ campaign, trigger }: Due, at: Date, now: Date): boolean {
    return addDuration(at, campaign.program.maxLateness, zoneOf(trigger, this.config.store.timezone)) < now;
  }

  private async moveOn(tx: Tx, clock: ClockRow, doneUntil: Date, nextAt: Date | null): Promise<void> {
    await tx.execute(
      writeClock({ ...clock, done_until: doneUntil, next_at: nextAt, up_to: null, entered: 0, refused: 0 }),
    );
  }

  private async record(
    tx: Tx,
    clock: ClockRow,
    what: Pick<NewOccurrence, 'at' | 'status' | 'reason'> & Partial<Pick<NewOccurrence, 'firstAt' | 'times'>>,
    now: Date,
  ): Promise<void> {
    const { campaign_id: campaignId, version, entered, refused } = clock;
    const base = { id: newId(now), campaignId, version, entered, refused, firstAt: what.at, times: 1 };
    await tx.execute(insertOccurrence({ ...base, ...what }, now));
  }
}

function startedClock(clock: ClockRow, at: Date): ClockRow {
  return { ...clock, since: at, done_until: at, up_to: null, entered: 0, refused: 0 };
}
