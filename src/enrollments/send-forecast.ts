import { Injectable } from '@nestjs/common';
import { CampaignPrograms, versionKey } from '../campaigns/campaign-programs';
import { localDate } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable } from '../platform/database/database';
import { ContactPolicies } from './contact-policies';
import { type ContactFactRow, contactsOf } from './data/contact-facts.sql';
import {
  FORECAST_CAMPAIGNS,
  type ForecastCampaign,
  underWay,
  underWayCounts,
  type UnderWayRow,
} from './data/forecast.sql';
import { nothingCountsUpTo } from './domain/cap-window';
import { type ContactPolicy, type PastContact } from './domain/contact-policy';
import { forecastMails } from './domain/forecast-mails';
import { ExpectedEntries, PATTERN_DAYS } from './expected-entries';
import { type Departure, ForecastTravellers } from './forecast-travellers';

/** Mails expected on a day of the store's calendar. */
export interface DayForecast {
  date: string;
  /** By campaign key, the most first; whole messages, those below one half left out. */
  forecast: Array<{ campaign: string; messages: number }>;
}

/** What a forecast rests on, in words and numbers. */
export interface ForecastBasis {
  asOf: string;
  /** Enrollments that are under way, and how many of them were walked forward (the rest by their share). */
  enrollments: { active: number; walked: number };
  /** Entries expected: those of the last weeks again, and the members of segments that the clock will bring in. */
  entries: { patternDays: number; expected: number };
  assumptions: string[];
}

/** People of one campaign that are walked; more are represented by every nth. */
const WALKED = 2_000;

const ASSUMPTIONS = [
  'only the treatment is counted; neither the control group nor the global holdout, as drawn now, gets a mail',
  'conditions hold as they hold now, and segments have the members that they have now',
  'nobody orders, unsubscribes or becomes unmailable; events that are waited for do not come',
  `whom events bring into a campaign comes as in the last ${PATTERN_DAYS} days, at the same hour of the same weekday`,
  'nobody is enrolled by hand or handed over to another campaign',
];

/** How many mails the active campaigns would send, day by day, if time passed and nothing new happened. */
@Injectable()
export class SendForecast {
  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly programs: CampaignPrograms,
    private readonly policies: ContactPolicies,
    private readonly travellers: ForecastTravellers,
    private readonly entries: ExpectedEntries,
  ) {}

  /** From `now` up to `until`; days without mails are left out. */
  async byDay(now: Date, until: Date): Promise<{ days: DayForecast[]; basis: ForecastBasis }> {
    const basis = {
      asOf: now.toISOString(),
      enrollments: { active: 0, walked: 0 },
      entries: { patternDays: PATTERN_DAYS, expected: 0 },
      assumptions: ASSUMPTIONS,
    };
    const counts = new Map<string, Map<string, number>>();
    if (until <= now) return { days: [], basis };
    const db = this.database;
    const policy = await this.policies.load(db);
    const contacts = new Map<string, PastContact[]>();
    const active = await this.activeCampaigns(db);
    const rows = await db.query<{ campaign_id: string; count: number }>(underWayCounts(until));
    const underway = new Map(rows.map((row) => [row.campaign_id, row.count]));
    for (const campaign of active) {
      const present = await this.underWay(db, campaign, underway.get(campaign.id) ?? 0, until);
      const expected = await this.entries.of(db, campaign, now, until);
      basis.enrollments.active += underway.get(campaign.id) ?? 0;
      basis.enrollments.walked += present.length;
      basis.entries.expected += Math.round(expected.reduce((sum, one) => sum + one.weight, 0));
      await this.walk(db, [...present, ...expected], policy, contacts, now, until, (at, weight) => {
        const day = localDate(at, this.config.store.timezone);
        const ofDay = counts.get(day) ?? new Map<string, number>();
        counts.set(day, ofDay.set(campaign.key, (ofDay.get(campaign.key) ?? 0) + weight));
      });
    }
    return { days: daysOf(counts), basis };
  }

  private async activeCampaigns(db: Queryable): Promise<ForecastCampaign[]> {
    const rows = await db.query<ForecastCampaign>(FORECAST_CAMPAIGNS);
    return rows.filter(({ status }) => status === 'active');
  }

  /** Those under way, each in the version that it runs; of many a sample. */
  private async underWay(db: Queryable, campaign: ForecastCampaign, count: number, until: Date): Promise<Departure[]> {
    if (count === 0) return [];
    const rows = await db.query<UnderWayRow>(underWay(campaign.id, until, Math.max(1, Math.ceil(count / WALKED))));
    const wanted = rows.map((row) => ({ campaignId: row.campaign_id, version: row.version }));
    const versions = await this.programs.load(db, wanted);
    return rows.flatMap((row): Departure[] => {
      const program = versions.get(versionKey(row.campaign_id, row.version))?.program;
      if (!program) return [];
      const { id, salt, definition } = campaign;
      const plan = { nextRunAt: row.next_run_at, dueAt: row.due_at, waitingSince: row.waiting_since };
      const from = { status: 'active', arm: 'treatment', position: row.position, exitReason: null, ...plan } as const;
      const weight = count / rows.length;
      const priority = definition.priority;
      return [
        {
          ...{ enrollmentId: row.id, customerId: row.customer_id, orderId: row.trigger_order_id },
          ...{ campaign: { id, salt, priority }, program, from, weight },
        },
      ];
    });
  }

  private async walk(
    db: Queryable,
    departures: readonly Departure[],
    policy: ContactPolicy,
    contacts: Map<string, PastContact[]>,
    now: Date,
    until: Date,
    count: (at: Date, weight: number) => void,
  ): Promise<void> {
    const travellers = await this.travellers.load(db, departures, now);
    await this.loadContacts(
      db,
      travellers.map((one) => one.customerId),
      policy,
      contacts,
      now,
    );
    for (const traveller of travellers) {
      const own = contacts.get(traveller.customerId) ?? [];
      contacts.set(traveller.customerId, own);
      for (const at of forecastMails(traveller, policy, own, now, until)) count(at, traveller.weight);
    }
  }

  /** Of those not loaded before; only where there is a cap. */
  private async loadContacts(
    db: Queryable,
    customerIds: readonly string[],
    { maxMessages, per }: ContactPolicy,
    contacts: Map<string, PastContact[]>,
    now: Date,
  ): Promise<void> {
    if (maxMessages === null || per === null) return;
    const missing = [...new Set(customerIds)].filter((id) => !contacts.has(id));
    if (missing.length === 0) return;
    const since = nothingCountsUpTo(per, this.config.store.timezone, now);
    for (const id of missing) contacts.set(id, []);
    for (const row of await db.query<ContactFactRow>(contactsOf(missing, since))) {
      contacts.get(row.customer_id)?.push({ at: row.at, campaignId: row.campaign_id, priority: row.priority });
    }
  }
}

function daysOf(counts: ReadonlyMap<string, ReadonlyMap<string, number>>): DayForecast[] {
  return [...counts]
    .map(([date, campaigns]) => ({
      date,
      forecast: [...campaigns]
        .map(([campaign, messages]) => ({ campaign, messages: Math.round(messages) }))
        .filter(({ messages }) => messages > 0)
        .sort((a, b) => b.messages - a.messages || (a.campaign < b.campaign ? -1 : 1)),
    }))
    .filter(({ forecast }) => forecast.length > 0)
    .sort((a, b) => (a.date < b.date ? -1 : 1));
}
