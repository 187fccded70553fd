import { exponential, pick, type Random, seededBy } from './random';

const DAY = 86_400_000;

const FIRST_NAMES = {
  it: [
    'Giulia',
    'Marco',
    'Sofia',
    'Luca',
    'Chiara',
    'Andrea',
    'Elena',
    'Matteo',
    'Francesca',
    'Davide',
    'Anna',
    'Paolo',
  ],
  en: ['Emma', 'Oliver', 'Grace', 'Jack', 'Alice', 'Henry', 'Ruby', 'Thomas', 'Lucy', 'Daniel', 'Hannah', 'Samuel'],
} as const;
const LAST_NAMES = {
  it: ['Rossi', 'Ferrari', 'Bianchi', 'Romano', 'Greco', 'Conti', 'Gallo', 'Costa', 'Fontana', 'Moretti'],
  en: ['Smith', 'Taylor', 'Brown', 'Walker', 'Evans', 'Wright', 'Green', 'Hall', 'Clarke', 'Young'],
} as const;

/** A made-up shopper. What they buy of their own accord is fixed beforehand; mails only add to it. */
export interface Shopper {
  externalId: string;
  email: string;
  firstName: string;
  lastName: string;
  locale: 'it' | 'en';
  timezone: string;
  consents: boolean;
  signedUpAt: Date;
  /** Orders of their own accord, ascending, up to the end of the demo. */
  organicOrders: Date[];
  /** Their mailbox is behind a scanner that fetches every link. */
  scanned: boolean;
}

export interface Span {
  from: Date;
  to: Date;
}

/** `count` shoppers who signed up evenly over `signUps`, with their own orders until `end`. */
export function makeShoppers(seed: number, prefix: string, count: number, signUps: Span, end: Date): Shopper[] {
  return Array.from({ length: count }, (_, at) => {
    const externalId = `${prefix}${String(at + 1).padStart(4, '0')}`;
    return makeShopper(seededBy(seed, externalId), externalId, signUps, end);
  });
}

/** Somebody whom a shopper brings: signs up now, and orders once within days. */
export function makeFriend(seed: number, externalId: string, now: Date): Shopper {
  const random = seededBy(seed, externalId);
  const shopper = makeShopper(random, externalId, { from: now, to: now }, now);
  return { ...shopper, consents: true, organicOrders: [new Date(now.getTime() + (0.5 + random() * 3) * DAY)] };
}

function makeShopper(random: Random, externalId: string, signUps: Span, end: Date): Shopper {
  const locale = random() < 0.65 ? 'it' : 'en';
  const firstName = pick(random, FIRST_NAMES[locale]);
  const signedUpAt = new Date(signUps.from.getTime() + random() * (signUps.to.getTime() - signUps.from.getTime()));
  return {
    externalId,
    email: `${externalId}@shoppers.example`,
    firstName,
    lastName: pick(random, LAST_NAMES[locale]),
    locale,
    timezone: locale === 'it' ? 'Europe/Rome' : pick(random, ['Europe/London', 'America/New_York']),
    consents: random() < 0.85,
    signedUpAt,
    organicOrders: organicOrders(random, signedUpAt, end),
    scanned: random() < 0.08,
  };
}

/**
 * Three kinds: most buy once, some now and then, a few regularly; after each order one may have had enough. The first
 * order follows the sign-up within days, for those who ever buy.
 */
function organicOrders(random: Random, signedUpAt: Date, end: Date): Date[] {
  const kind = random();
  const meanGapDays = kind < 0.2 ? 24 : kind < 0.55 ? 55 : 140;
  const staying = kind < 0.2 ? 0.9 : kind < 0.55 ? 0.7 : 0.35;
  const orders: Date[] = [];
  if (random() > 0.72) return orders;
  let at = signedUpAt.getTime() + exponential(random, 9) * DAY;
  while (at < end.getTime()) {
    orders.push(new Date(at));
    if (random() > staying) break;
    at += (2 + exponential(random, meanGapDays)) * DAY;
  }
  return orders;
}
