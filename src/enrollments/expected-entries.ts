import { Injectable } from '@nestjs/common';
import { addDuration, parseDuration } from '../kernel/duration';
import { AppConfig } from '../platform/config/config';
import { type Queryable } from '../platform/database/database';
import { SegmentConditions } from '../segments/segment-conditions';
import {
  type EntrantRow,
  type ForecastCampaign,
  recentEntrants,
  WOULD_ENTER_OFFSET,
  wouldEnter,
} from './data/forecast.sql';
import { isTimeTrigger, nextOccurrence, nextOfZones, type TimeTrigger } from './domain/occurrences';
import { type Departure } from './forecast-travellers';
import { OccurrenceMembers } from './occurrence-members';

const DAY_MS = 86_400_000;
/** Those who entered in so many days come again. */
export const PATTERN_DAYS = 28;
/** People who stand for all who are expected in a campaign. */
const SAMPLE = 500;
/** Times of one campaign that are looked at: a cron line of every minute has more than a forecast needs. */
const MOST_TIMES = 1_000;

/** Who is expected to enter a campaign, and when. */
@Injectable()
export class ExpectedEntries {
  constructor(
    private readonly config: AppConfig,
    private readonly conditions: SegmentConditions,
    private readonly members: OccurrenceMembers,
  ) {}

  /** Departures after `now` and before `until`, only of the treatment. */
  async of(db: Queryable, campaign: ForecastCampaign, now: Date, until: Date): Promise<Departure[]> {
    const { trigger } = campaign.definition;
    if (!isTimeTrigger(trigger)) return trigger.on === 'manual' ? [] : this.asBefore(db, campaign, now, until);
    return trigger.on === 'anniversary'
      ? this.anniversaries(db, campaign, trigger, now, until)
      : this.announced(db, campaign, trigger, now, until);
  }

  /** Who entered in the last weeks comes again as they did, at the same hour of the same weekday. */
  private async asBefore(db: Queryable, campaign: ForecastCampaign, now: Date, until: Date): Promise<Departure[]> {
    if (!campaign.activatedAt) return [];
    const lived = Math.ceil((now.getTime() - campaign.activatedAt.getTime()) / DAY_MS);
    // Whole weeks where there are any, so that a Saturday is not taken for a Monday.
    const days = lived < 7 ? Math.max(1, lived) : Math.min(PATTERN_DAYS, Math.floor(lived / 7) * 7);
    const rows = await db.query<EntrantRow>(
      recentEntrants(campaign.id, firstIdAt(new Date(now.getTime() - days * DAY_MS)), SAMPLE),
    );
    const weight = (rows[0]?.count ?? 0) / Math.max(1, rows.length);
    return rows.flatMap(({ customer_id: customerId, entered_at: enteredAt, trigger_order_id: orderId }) => {
      const found: Departure[] = [];
      for (let at = enteredAt.getTime() + days * DAY_MS; at < until.getTime(); at += days * DAY_MS) {
        if (at > now.getTime()) found.push({ ...departure(campaign, customerId, new Date(at), weight), orderId });
      }
      return found;
    });
  }

  /** The members of the segment as it is now, at each time that the entry rule lets them in. */
  private async announced(
    db: Queryable,
    campaign: ForecastCampaign,
    trigger: Extract<TimeTrigger, { segment: string }>,
    now: Date,
    until: Date,
  ): Promise<Departure[]> {
    const { audience, entry, holdout } = campaign.definition;
    const segment = await this.conditions.compileRef(
      trigger.segment,
      now,
      { offset: WOULD_ENTER_OFFSET, whole: true },
      db,
    );
    const offset = WOULD_ENTER_OFFSET + segment.values.length;
    const fit = audience ? [await this.conditions.compile(audience, now, { offset, whole: true }, db)] : [];
    const [size] = await db.query<{ rows: number }>(
      `select greatest(reltuples, 0)::float8 as rows from pg_class where oid = 'customers'::regclass`,
    );
    const of1024 = Math.ceil(Math.min(1024, (1024 * SAMPLE * 4) / Math.max(1, size?.rows ?? 1)));
    const [found] = await db.query<{ count: number; sample: string[] }>(
      wouldEnter(campaign.id, entry.limit === 'once', of1024, [segment, ...fit]),
    );
    if (!found || found.sample.length === 0) return [];
    const weight = (found.count / found.sample.length) * (1 - holdout);
    if (trigger.on === 'date') {
      const own = (zone: string): Date | null => nextOccurrence(trigger, now, zone);
      return found.sample.map((id) => departure(campaign, id, own, weight));
    }
    return this.timesOf(campaign, trigger, now, until).flatMap((at) =>
      found.sample.map((id) => departure(campaign, id, at, weight)),
    );
  }

  private timesOf({ definition }: ForecastCampaign, trigger: TimeTrigger, now: Date, until: Date): Date[] {
    const { limit } = definition.entry;
    const every = typeof limit === 'object' ? parseDuration(limit.every) : undefined;
    const times: Date[] = [];
    let from = now;
    for (let n = 0; n < MOST_TIMES; n++) {
      const at = nextOccurrence(trigger, from, '');
      if (!at || at >= until) break;
      const last = times.at(-1);
      if (!last || !every || addDuration(last, every, this.config.store.timezone) <= at) times.push(at);
      if (limit === 'once') break;
      from = at;
    }
    return times;
  }

  private async anniversaries(
    db: Queryable,
    campaign: ForecastCampaign,
    trigger: Extract<TimeTrigger, { on: 'anniversary' }>,
    now: Date,
    until: Date,
  ): Promise<Departure[]> {
    const { audience, holdout } = campaign.definition;
    const zones = await this.members.zones(db, trigger);
    const found: Departure[] = [];
    let from = now;
    for (let n = 0; n < MOST_TIMES; n++) {
      const at = nextOfZones(trigger, from, zones);
      if (!at || at >= until) break;
      const ids = await this.members.all(db, { campaignId: campaign.id, trigger, from, to: at, now, since: now });
      const fit = audience ? await this.conditions.evaluate(db, audience, ids, now) : new Set(ids);
      for (const id of fit) found.push(departure(campaign, id, at, 1 - holdout));
      from = at;
    }
    return found;
  }
}

function departure(
  { id, salt, definition, program }: ForecastCampaign,
  customerId: string,
  from: Departure['from'],
  weight: number,
): Departure {
  return { enrollmentId: '', customerId, campaign: { id, salt, priority: definition.priority }, program, from, weight };
}

/** The least id that an enrollment of that instant can have (UUID v7). */
function firstIdAt(at: Date): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
