import { Injectable } from '@nestjs/common';
import { isZone } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { type Queryable } from '../platform/database/database';
import { SegmentConditions } from '../segments/segment-conditions';
import {
  alreadyTaken,
  anniversaryCandidates,
  type AnniversaryRow,
  SEGMENT_OFFSET,
  segmentMembers,
  ZONES_PRESENT,
} from './data/occurrence-members.sql';
import {
  baseDay,
  followsCustomers,
  isAnniversary,
  monthDaysKept,
  occurrencesBetween,
  type TimeTrigger,
} from './domain/occurrences';

/** Whom a time of a trigger takes, from where on, and how many at once. */
export interface WantedMembers {
  campaignId: string;
  trigger: TimeTrigger;
  /** Customers whose own time lies in (from, to]. */
  from: Date;
  to: Date;
  /** Who was looked at before. */
  after: string | null;
  limit: number;
  now: Date;
  /** Since when the trigger runs as it is. */
  since: Date;
}

export interface MembersPage {
  ids: string[];
  /** The last customer that was looked at; null: there are no more. */
  upTo: string | null;
}

/** A zone as customers have it, and the one in which they are understood: unknown and missing ones are the store's. */
interface Zone {
  stored: string | null;
  zone: string;
}

/** Every local time of a day comes within this of any other zone's. */
const WORLD_MS = 27 * 3_600_000;
const PAGE = 1_000;

/** Finds whom the clock brings into a campaign, by pages. */
@Injectable()
export class OccurrenceMembers {
  constructor(
    private readonly config: AppConfig,
    private readonly conditions: SegmentConditions,
  ) {}

  /**
   * The zones at whose times the trigger has to be looked at. A date, which comes once, at every local time of the world;
   * anniversaries, which are looked for every day of the year, where there are customers: the first of a zone is taken at
   * the next time of another on that day, after that at their own.
   */
  async zones(db: Queryable, trigger: TimeTrigger): Promise<Set<string>> {
    if (!followsCustomers(trigger)) return new Set();
    const present = await this.present(db);
    const zones = new Set([...present.map(({ zone }) => zone), this.config.store.timezone]);
    if (trigger.on === 'date') for (const zone of worldZones()) zones.add(zone);
    return zones;
  }

  /** The next page of customers, ascending by id. */
  async page(db: Queryable, wanted: WantedMembers): Promise<MembersPage> {
    const { trigger } = wanted;
    if (trigger.on === 'anniversary') return this.withAnniversary(db, wanted, trigger);
    const zones = followsCustomers(trigger) ? await this.zonesWhoseTimeItIs(db, wanted) : null;
    if (zones?.length === 0) return { ids: [], upTo: null };
    const member = await this.conditions.compileRef(trigger.segment, wanted.now, { offset: SEGMENT_OFFSET }, db);
    const rows = await db.query<{ id: string }>(
      segmentMembers({ zones: zones && zones.map(({ stored }) => stored), ...wanted }, member),
    );
    const ids = rows.map((row) => row.id);
    return { ids: await this.notTaken(db, wanted, ids), upTo: lastOf(ids, wanted.limit) };
  }

  /** All of them at once: for looking ahead, where nobody is locked. */
  async all(db: Queryable, wanted: Omit<WantedMembers, 'after' | 'limit'>): Promise<string[]> {
    const ids: string[] = [];
    for (let after: string | null = null; ;) {
      const page: MembersPage = await this.page(db, { ...wanted, after, limit: PAGE });
      ids.push(...page.ids);
      if (page.upTo === null) return ids;
      after = page.upTo;
    }
  }

  private async withAnniversary(
    db: Queryable,
    wanted: WantedMembers,
    trigger: Extract<TimeTrigger, { on: 'anniversary' }>,
  ): Promise<MembersPage> {
    const zones = await this.zonesWhoseTimeItIs(db, wanted);
    const dates = new Map(zones.map(({ stored, zone, dates }) => [stored, { zone, dates }]));
    if (zones.length === 0) return { ids: [], upTo: null };
    // Days of instants stand in the index by UTC; a written day is the same everywhere.
    const within = trigger.field.startsWith('attributes.') ? 0 : 1;
    const days = new Set(zones.flatMap(({ zone, dates }) => dates.flatMap((day) => monthDaysKept(day, zone, within))));
    const page = { zones: zones.map(({ stored }) => stored), after: wanted.after, limit: wanted.limit };
    const rows = await db.query<AnniversaryRow>(anniversaryCandidates(page, trigger.field, [...days]));
    const ids = rows.flatMap(({ id, timezone, base }) => {
      const there = dates.get(timezone);
      const day = there && baseDay(base, there.zone);
      return day && there.dates.some((date) => isAnniversary(day, date, there.zone)) ? [id] : [];
    });
    const looked = rows.map((row) => row.id);
    return { ids: await this.notTaken(db, wanted, ids), upTo: lastOf(looked, wanted.limit) };
  }

  /** Where people are taken at their own local time, one who moves to another zone must not be taken twice. */
  private async notTaken(db: Queryable, wanted: WantedMembers, ids: string[]): Promise<string[]> {
    if (ids.length === 0 || !followsCustomers(wanted.trigger)) return ids;
    const since = new Date(Math.max(wanted.since.getTime(), wanted.to.getTime() - WORLD_MS));
    const rows = await db.query<{ customer_id: string }>(alreadyTaken(wanted.campaignId, ids, since));
    const taken = new Set(rows.map((row) => row.customer_id));
    return ids.filter((id) => !taken.has(id));
  }

  private async zonesWhoseTimeItIs(
    db: Queryable,
    { trigger, from, to }: WantedMembers,
  ): Promise<Array<Zone & { dates: string[] }>> {
    const present = await this.present(db);
    return present.flatMap(({ stored, zone }) => {
      const found = occurrencesBetween(trigger, from, to, [zone]);
      return found.length === 0 ? [] : [{ stored, zone, dates: found.flatMap(({ date }) => date ?? []) }];
    });
  }

  private async present(db: Queryable): Promise<Zone[]> {
    const rows = await db.query<{ zone: string | null }>(ZONES_PRESENT);
    return rows.map(({ zone: stored }) => {
      return { stored, zone: stored !== null && isZone(stored) ? stored : this.config.store.timezone };
    });
  }
}

function lastOf(ids: readonly string[], limit: number): string | null {
  return ids.length < limit ? null : (ids.at(-1) ?? null);
}

let world: string[] | undefined;

function worldZones(): string[] {
  return (world ??= Intl.supportedValuesOf('timeZone').filter(isZone));
}
