import { type ConsentStatus } from './customers.types';

/** One thing that a person decided, and when. */
export interface Wish {
  value: boolean | string | null;
  /** ISO 8601. */
  at: string;
}

/**
 * What a person decided on the preference page, by name: `topic:<key>` (boolean), `pause` (the instant at which it ends,
 * null: ended by hand), `frequency` (a name of {@link FREQUENCIES}, null: as the shop has it).
 */
export type Wishes = Readonly<Record<string, Wish>>;

/** "Fewer mails": a cap of the person's own, beside the shop's. */
export const FREQUENCIES = {
  weekly: { maxMessages: 1, per: 'P1W' },
  monthly: { maxMessages: 1, per: 'P1M' },
} as const;
export type Frequency = keyof typeof FREQUENCIES;

/** Names beside the shop's topics by which a person allows opens and clicks to be recorded. No key of a topic has a dot. */
export const TRACKING_TOPICS = { opens: 'tracking.opens', clicks: 'tracking.clicks' } as const;

/** What a shop said about topics, with the proof of it. */
export interface TopicWords {
  topics: Readonly<Record<string, unknown>>;
  status: ConsentStatus;
  source: string | null;
  /** When the person told the shop, by the shop. */
  at: Date | null;
  /** When the shop told us. */
  versionAt: Date | null;
}

/** What is to be known of a person to say whether a topic is on and a pause holds. */
export interface Choices {
  wishes: Wishes;
  said: TopicWords;
  /** Topics that are off for who has said nothing. */
  offByDefault: readonly string[];
}

export const topicWish = (topic: string): string => `topic:${topic}`;

/**
 * Whether a topic is on. The person's own word has the last say: a shop's "on" replaces it only as it would lift an
 * unsubscribe, with a source and a later time of the person's consent; a shop's "off" as soon as it is later. Where
 * nobody has said anything the default of the topic holds. `topicOnSql` says the same in SQL.
 */
export function isTopicOn(topic: string, { wishes, said, offByDefault }: Choices): boolean {
  const own = wishes[topicWish(topic)];
  const word = Object.hasOwn(said.topics, topic) ? said.topics[topic] : undefined;
  const shop = typeof word === 'boolean' ? word : undefined;
  if (typeof own?.value === 'boolean' && !(shop !== undefined && replaces(said, shop, new Date(own.at)))) {
    return own.value;
  }
  return shop ?? !offByDefault.includes(topic);
}

function replaces({ status, source, at, versionAt }: TopicWords, on: boolean, since: Date): boolean {
  if (versionAt === null || versionAt <= since) return false;
  return !on || (status === 'subscribed' && Boolean(source?.trim()) && at !== null && at > since);
}

/** Until when the person wants no marketing mail; null when there is no such wish. It ends by itself. */
export function pausedUntil(wishes: Wishes): Date | null {
  const until = wishes['pause']?.value;
  return typeof until === 'string' ? new Date(until) : null;
}

/** The person's own cap, if they asked for fewer mails. */
export function frequencyOf(wishes: Wishes): Frequency | null {
  const name = wishes['frequency']?.value;
  return typeof name === 'string' && Object.hasOwn(FREQUENCIES, name) ? (name as Frequency) : null;
}
