import { Injectable } from '@nestjs/common';
import { localDate, localTime } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { Database } from '../platform/database/database';
import { FORECAST_CAMPAIGNS, type ForecastCampaign } from './data/forecast.sql';
import { CUSTOMERS_OWN, isTimeTrigger, nextOccurrence } from './domain/occurrences';

/** A campaign that goes out to a segment at a date, or by a schedule. */
export interface Announcement {
  campaign: string;
  name: string;
  /** Of the campaign; a draft is planned, not promised. */
  status: 'draft' | 'active' | 'paused';
  on: 'date' | 'schedule';
  segment: string;
  /** The instant, of several on that day the first; null where each customer has their own. */
  at: string | null;
  /** The local time, `HH:MM`, in `timezone`: an IANA zone, or `customer`. */
  time: string;
  timezone: string;
  /** How many times it comes on that day. */
  times: number;
  /** `missed`: it was too late when the service got to it. */
  state: 'planned' | 'done' | 'missed' | 'cancelled';
}

export interface DayAnnouncements {
  date: string;
  announcements: Announcement[];
}

interface PastRow {
  key: string;
  at: Date;
  status: 'done' | 'missed' | 'cancelled';
  times: number;
}

/** Days of a schedule that are listed for one campaign; no calendar shows more. */
const MOST_DAYS = 800;

/** The announcements of a stretch of days: those to come by the triggers, those that have been by their record. */
@Injectable()
export class Announcements {
  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
  ) {}

  /**
   * By day of the trigger's own calendar (a schedule on Monday in its zone stands on Monday), from the date `from` up to
   * but without `to`. Days without any are left out.
   */
  async between(from: string, to: string, now: Date): Promise<DayAnnouncements[]> {
    const campaigns = await this.database.query<ForecastCampaign>(FORECAST_CAMPAIGNS);
    const days = new Map<string, Announcement[]>();
    const past = await this.past();
    for (const campaign of campaigns) {
      for (const { date, announcement } of this.of(campaign, past.get(campaign.key) ?? [], to, now)) {
        if (date < from || date >= to) continue;
        const known = days.get(date) ?? [];
        if (known.length === 0) days.set(date, known);
        known.push(announcement);
      }
    }
    for (const list of days.values()) list.sort((a, b) => a.time.localeCompare(b.time));
    return [...days]
      .map(([date, announcements]) => ({ date, announcements }))
      .sort((a, b) => (a.date < b.date ? -1 : 1));
  }

  private of(
    campaign: ForecastCampaign,
    past: readonly PastRow[],
    to: string,
    now: Date,
  ): Array<{ date: string; announcement: Announcement }> {
    const { trigger } = campaign.definition;
    if (!isTimeTrigger(trigger) || trigger.on === 'anniversary') return [];
    const { key, name, status } = campaign;
    const base = { campaign: key, name, status, on: trigger.on, segment: trigger.segment, timezone: trigger.timezone };
    if (trigger.on === 'date') {
      const [date = '', time = ''] = trigger.at.split('T');
      const own = trigger.timezone === CUSTOMERS_OWN;
      const at = nextOccurrence(trigger, new Date(0), own ? this.config.store.timezone : '');
      const done = past.at(-1);
      const state = done && at && at <= now ? done.status : 'planned';
      const instant = own ? null : (at?.toISOString() ?? null);
      return [{ date, announcement: { ...base, at: instant, time: time.slice(0, 5), times: 1, state } }];
    }
    const told = new Map<string, Announcement>();
    const add = (at: Date, state: Announcement['state'], times: number): void => {
      const date = localDate(at, trigger.timezone);
      const known = told.get(`${date} ${state}`);
      if (known) known.times += times;
      else {
        const time = localTime(at, trigger.timezone);
        told.set(`${date} ${state}`, { ...base, at: at.toISOString(), time, times, state });
      }
    };
    for (const row of past) add(row.at, row.status, row.times);
    let at = nextOccurrence(trigger, now, '');
    while (at && told.size < MOST_DAYS && localDate(at, trigger.timezone) < to) {
      add(at, 'planned', 1);
      at = nextOccurrence(trigger, at, '');
    }
    return [...told].map(([day, announcement]) => ({ date: day.slice(0, 10), announcement }));
  }

  /** What has been, by campaign, in order of time. */
  private async past(): Promise<Map<string, PastRow[]>> {
    const rows = await this.database.query<PastRow>(
      `select c.key, o.at, o.status, o.times from campaign_occurrences o join campaigns c on c.id = o.campaign_id
       where c.status <> 'archived' order by o.at desc limit 5000`,
    );
    const found = new Map<string, PastRow[]>();
    for (const row of rows.reverse()) found.set(row.key, [...(found.get(row.key) ?? []), row]);
    return found;
  }
}
