import { seededBy } from './random';

const DAY = 86_400_000;

/** How a shopper answers the mails of one campaign, drawn once per shopper and campaign and never from the arm. */
export interface Response {
  /** Would buy because of this campaign's mail. */
  buys: boolean;
  /** How long after the mail, in milliseconds. */
  delayMs: number;
}

/** Share of people whom a mail of the campaign brings to buy. The effect on the repurchase rate is a little less. */
export const RESPONSE_SHARE: Readonly<Record<string, number>> = {
  welcome: 0.22,
  'win-back': 0.13,
  'cross-sell': 0.17,
  feedback: 0.15,
};

/** The shopper's latent answer to the first mail of a campaign that they get. */
export function responseTo(seed: number, campaign: string, externalId: string): Response {
  const random = seededBy(seed, `response ${campaign} ${externalId}`);
  return {
    buys: random() < (RESPONSE_SHARE[campaign] ?? 0),
    delayMs: (0.05 + random() * 3.5) * DAY,
  };
}

/** What a shopper does with one mail, besides a purchase that follows later. */
export interface Reading {
  opens: boolean;
  clicks: boolean;
  unsubscribes: boolean;
}

/** Those who will buy click first; of the others some read, few click, fewer leave. */
export function readingOf(seed: number, messageId: string, willBuy: boolean): Reading {
  const random = seededBy(seed, `reading ${messageId}`);
  const opens = random() < 0.42 || willBuy;
  const clicks = willBuy || (opens && random() < 0.12);
  return { opens, clicks, unsubscribes: !willBuy && opens && random() < 0.012 };
}

/** What a shopper makes of the shop, 0 to 10; nearly half would recommend it, a fifth would not. */
export function satisfactionOf(seed: number, externalId: string): number {
  const random = seededBy(seed, `satisfaction ${externalId}`);
  const mood = random();
  if (mood < 0.46) return 9 + Math.floor(random() * 2);
  return mood < 0.8 ? 7 + Math.floor(random() * 2) : Math.floor(random() * 7);
}

/** What a shopper does with a question in a mail that they have opened, with a code, and with an invitation. */
export interface Character {
  answers: boolean;
  /** Uses a code at the next order, whatever brings it. */
  redeems: boolean;
  bringsFriend: boolean;
}

export function characterOf(seed: number, externalId: string): Character {
  const random = seededBy(seed, `character ${externalId}`);
  return { answers: random() < 0.55, redeems: random() < 0.6, bringsFriend: random() < 0.9 };
}
