import { Injectable } from '@nestjs/common';
import { PersonalWishes } from '../customers/personal-wishes';
import { Topics } from '../customers/topics';
import { type Frequency, frequencyOf, pausedUntil, topicWish, TRACKING_TOPICS } from '../customers/wishes';
import { Clock } from '../kernel/clock';
import { addDuration, parseDuration } from '../kernel/duration';
import { isZone } from '../kernel/local-time';
import { pickLocale } from '../kernel/locales';
import { AppConfig } from '../platform/config/config';
import { Database } from '../platform/database/database';
import { Erasure } from '../profiles/erasure';
import { PersonalExport } from '../profiles/personal-export';

/** A topic as the page shows it to one person. */
export interface ShownTopic {
  key: string;
  name: string;
  description: string | null;
  on: boolean;
}

/** What a person has decided, or what holds where they have not. */
export interface Preferences {
  topics: ShownTopic[];
  frequency: Frequency | null;
  /** Null: no pause is in force. */
  pausedUntil: Date | null;
  zone: string;
  tracking: { opens: boolean; clicks: boolean };
}

const MONTH = parseDuration('P1M');
const DAY_MS = 86_400_000;
/** Mails get passed on and archives get lost: what gives data out or away needs the link of a recent one. */
const RECENT_MS = 30 * DAY_MS;

/** Shows and changes what people decide themselves about the mails they get. */
@Injectable()
export class PreferenceDesk {
  constructor(
    private readonly config: AppConfig,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly topics: Topics,
    private readonly wishes: PersonalWishes,
    private readonly exports: PersonalExport,
    private readonly erasure: Erasure,
  ) {}

  /** As things stand; texts in the language that fits best. */
  async view(customerId: string, language: string): Promise<Preferences> {
    const { topics } = await this.topics.view();
    const wishes = await this.wishes.of(this.database, customerId);
    const { opens, clicks } = TRACKING_TOPICS;
    const asked = [...topics.map(({ key }) => key), opens, clicks];
    const on = await this.wishes.topicsOn(this.database, customerId, asked);
    const until = pausedUntil(wishes);
    const text = (texts: Record<string, string>): string =>
      texts[pickLocale(Object.keys(texts), language, Object.keys(texts)[0] ?? '')] ?? '';
    return {
      topics: topics.map(({ key, name, description }) => ({
        ...{ key, name: text(name), on: on.has(key) },
        description: description ? text(description) : null,
      })),
      frequency: frequencyOf(wishes),
      pausedUntil: until !== null && until > this.clock.now() ? until : null,
      zone: await this.zoneOf(customerId),
      tracking: { opens: on.has(opens), clicks: on.has(clicks) },
    };
  }

  /** The topics that are wanted, of all there are; and how many mails at most. */
  async chooseMails(customerId: string, wanted: readonly string[], frequency: Frequency | null): Promise<void> {
    const { topics } = await this.topics.view();
    const chosen = topics.map(({ key }): [string, boolean] => [topicWish(key), wanted.includes(key)]);
    await this.keep(customerId, { ...Object.fromEntries(chosen), frequency });
  }

  /** No marketing mail for a month of the person's calendar from now. */
  async pause(customerId: string): Promise<void> {
    if (!MONTH) throw new Error('a month is no duration');
    const until = addDuration(this.clock.now(), MONTH, await this.zoneOf(customerId));
    await this.keep(customerId, { pause: until.toISOString() });
  }

  async resume(customerId: string): Promise<void> {
    await this.keep(customerId, { pause: null });
  }

  async chooseTracking(customerId: string, { opens, clicks }: Preferences['tracking']): Promise<void> {
    const wishes = { [topicWish(TRACKING_TOPICS.opens)]: opens, [topicWish(TRACKING_TOPICS.clicks)]: clicks };
    await this.keep(customerId, wishes);
  }

  /** Whether the link that a person came by is fresh enough to give data out, or away. */
  async isRecent(messageId: string): Promise<boolean> {
    const since = new Date(this.clock.now().getTime() - RECENT_MS);
    const rows = await this.database.query('select 1 from messages where id = $1 and queued_at >= $2', [
      messageId,
      since,
    ]);
    return rows.length > 0;
  }

  /** Everything that is stored about the person; null when they are gone. */
  export(customerId: string): Promise<Record<string, unknown> | null> {
    return this.exports.collect(this.database, customerId);
  }

  /** Erases the person, at their own word. */
  async erase(customerId: string): Promise<void> {
    await this.database.transaction((tx) => this.erasure.erase(tx, customerId, this.clock.now()));
  }

  private async keep(customerId: string, wishes: Record<string, boolean | string | null>): Promise<void> {
    const at = this.clock.now();
    await this.database.transaction((tx) => this.wishes.keep(tx, customerId, wishes, at));
  }

  private async zoneOf(customerId: string): Promise<string> {
    const [row] = await this.database.query<{ timezone: string | null }>(
      'select timezone from customers where id = $1',
      [customerId],
    );
    const zone = row?.timezone ?? null;
    return zone !== null && isZone(zone) ? zone : this.config.store.timezone;
  }
}
