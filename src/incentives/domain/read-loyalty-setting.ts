import { formatDuration, parseDuration } from '../../kernel/duration';
import { type Fault } from '../../kernel/errors';
import { KEY_PATTERN } from '../../kernel/ids';
import { fromMinor, parseMoney } from '../../kernel/money';
import {
  type LoyaltySetting,
  POINT_ROUNDINGS,
  type PointRules,
  type ReferralRules,
  type TierRule,
} from '../loyalty.types';

export const NO_LOYALTY: LoyaltySetting = { points: null, tiers: [], referral: null };

/** More than any scheme needs; what is beyond is a slip of the pen. */
const MOST_PER_UNIT = 100_000;
export const MOST_POINTS = 1_000_000_000;
const MOST_TIERS = 20;
const LONGEST_NAME = 100;

type Body = Record<string, unknown>;
type Tell = (path: string, message: string) => undefined;

/**
 * Reads the body of `PUT /settings/loyalty`: the setting, from when on orders go by it (null: from now on), and every
 * fault with its path. Absent and null both mean none.
 */
export function readLoyaltySetting(
  body: unknown,
  currency: string,
): { setting: LoyaltySetting; validFrom: Date | null; faults: Fault[] } {
  const faults: Fault[] = [];
  const fault: Tell = (path, message) => void faults.push({ path, message });
  if (!isObject(body)) {
    fault('', 'must be an object');
    return { setting: NO_LOYALTY, validFrom: null, faults };
  }
  refuseUnknown(body, ['points', 'tiers', 'referral', 'validFrom'], '', fault);
  const { points = null, tiers = null, referral = null, validFrom = null } = body;
  const setting: LoyaltySetting = {
    points: points === null ? null : (readPoints(points, currency, fault) ?? null),
    tiers: tiers === null ? [] : readTiers(tiers, currency, fault),
    referral: referral === null ? null : (readReferral(referral, currency, fault) ?? null),
  };
  return { setting, validFrom: validFrom === null ? null : readInstant(validFrom, fault), faults };
}

function readPoints(value: unknown, currency: string, fault: Tell): PointRules | undefined {
  if (!isObject(value)) return fault('points', 'must be an object');
  refuseUnknown(value, ['perCurrencyUnit', 'round', 'minimumOrder', 'expireAfter'], 'points.', fault);
  const { perCurrencyUnit, round = 'down', minimumOrder = null, expireAfter = null } = value;
  const rounding = POINT_ROUNDINGS.find((one) => one === round);
  if (!rounding) fault('points.round', `must be one of ${POINT_ROUNDINGS.join(', ')}`);
  if (!isRate(perCurrencyUnit)) {
    fault('points.perCurrencyUnit', `must be a number above 0, at most ${MOST_PER_UNIT}, with four decimals at most`);
  }
  const duration = typeof expireAfter === 'string' ? parseDuration(expireAfter) : undefined;
  if (expireAfter !== null && !duration) fault('points.expireAfter', 'must be a duration such as P1Y');
  return {
    perCurrencyUnit: isRate(perCurrencyUnit) ? perCurrencyUnit : 1,
    round: rounding ?? 'down',
    minimumOrder: readMoney(minimumOrder, 'points.minimumOrder', currency, fault),
    expireAfter: duration ? formatDuration(duration) : null,
  };
}

function isRate(value: unknown): value is number {
  if (typeof value !== 'number' || !(value > 0) || value > MOST_PER_UNIT) return false;
  return Math.abs(value * 10_000 - Math.round(value * 10_000)) < 1e-6;
}

function readTiers(value: unknown, currency: string, fault: Tell): TierRule[] {
  if (!Array.isArray(value) || value.length > MOST_TIERS) {
    fault('tiers', `must be a list of at most ${MOST_TIERS} tiers, from the lowest to the highest`);
    return [];
  }
  const tiers = value.map((one: unknown, i) => readTier(one, `tiers[${i}]`, currency, fault));
  tiers.forEach((tier, i) => {
    const before = tiers[i - 1];
    if (!tier) return;
    if (tiers.findIndex((other) => other?.key === tier.key) < i)
      fault(`tiers[${i}].key`, `${tier.key} stands here twice`);
    if (before) refuseDisorder(before, tier, `tiers[${i}]`, currency, fault);
  });
  return tiers.filter((tier) => tier !== undefined);
}

function refuseDisorder(before: TierRule, tier: TierRule, path: string, currency: string, fault: Tell): void {
  if ('atPoints' in before && 'atPoints' in tier) {
    if (tier.atPoints <= before.atPoints) fault(`${path}.atPoints`, 'must be above that of the tier before it');
  } else if ('atYearlyRevenue' in before && 'atYearlyRevenue' in tier) {
    const [low, high] = [before, tier].map(({ atYearlyRevenue }) => parseMoney(atYearlyRevenue, currency) ?? 0);
    if ((high ?? 0) <= (low ?? 0)) fault(`${path}.atYearlyRevenue`, 'must be above that of the tier before it');
  } else {
    fault(path, 'goes by another measure than the tier before it: all go by points, or all by yearly revenue');
  }
}

function readTier(value: unknown, path: string, currency: string, fault: Tell): TierRule | undefined {
  if (!isObject(value)) return fault(path, 'must be an object of key, name and atPoints or atYearlyRevenue');
  refuseUnknown(value, ['key', 'name', 'atPoints', 'atYearlyRevenue'], `${path}.`, fault);
  const { key, name, atPoints, atYearlyRevenue } = value;
  if (typeof key !== 'string' || !KEY_PATTERN.test(key)) return fault(`${path}.key`, 'must be a key such as gold');
  if (typeof name !== 'string' || name.trim() === '' || name.length > LONGEST_NAME) {
    return fault(`${path}.name`, `must be a text of 1 to ${LONGEST_NAME} characters`);
  }
  if ((atPoints === undefined) === (atYearlyRevenue === undefined)) {
    return fault(path, 'must have atPoints or atYearlyRevenue, and not both');
  }
  if (atPoints !== undefined) {
    return isCount(atPoints, 1)
      ? { key, name, atPoints }
      : fault(`${path}.atPoints`, `must be a whole number from 1 to ${MOST_POINTS}`);
  }
  const revenue = readMoney(atYearlyRevenue, `${path}.atYearlyRevenue`, currency, fault);
  return revenue === null ? undefined : { key, name, atYearlyRevenue: revenue };
}

function readReferral(value: unknown, currency: string, fault: Tell): ReferralRules | undefined {
  if (!isObject(value)) return fault('referral', 'must be an object');
  refuseUnknown(value, ['url', 'rewardPoints', 'minimumOrder'], 'referral.', fault);
  const { url, rewardPoints, minimumOrder = null } = value;
  if (!isCodeUrl(url)) fault('referral.url', 'must be an http(s) address with {code} in it');
  const reward = isObject(rewardPoints) ? rewardPoints : {};
  if (!isObject(rewardPoints)) fault('referral.rewardPoints', 'must be an object of referrer and referred');
  else refuseUnknown(rewardPoints, ['referrer', 'referred'], 'referral.rewardPoints.', fault);
  const points = (name: 'referrer' | 'referred'): number => {
    const { [name]: count = 0 } = reward;
    if (isCount(count, 0)) return count;
    fault(`referral.rewardPoints.${name}`, `must be a whole number from 0 to ${MOST_POINTS}`);
    return 0;
  };
  return {
    url: typeof url === 'string' ? url : '',
    rewardPoints: { referrer: points('referrer'), referred: points('referred') },
    minimumOrder: readMoney(minimumOrder, 'referral.minimumOrder', currency, fault),
  };
}

function isCodeUrl(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > 1000 || !value.includes('{code}')) return false;
  return /^https?:\/\/[^\s/]/.test(value) && URL.canParse(value.replaceAll('{code}', 'X'));
}

function readMoney(value: unknown, path: string, currency: string, fault: Tell): string | null {
  if (value === null) return null;
  const minor = typeof value === 'string' || typeof value === 'number' ? parseMoney(value, currency) : undefined;
  if (minor !== undefined && minor > 0) return fromMinor(minor, currency);
  fault(path, `must be an amount above 0 in ${currency}, such as "49.90"`);
  return null;
}

function readInstant(value: unknown, fault: Tell): Date | null {
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
  const at = typeof value === 'string' && form.test(value) ? new Date(value) : null;
  if (at && !Number.isNaN(at.getTime())) return at;
  fault('validFrom', 'must be an instant such as 2026-03-01T08:00:00Z');
  return null;
}

function isCount(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= MOST_POINTS;
}

function refuseUnknown(value: Body, known: readonly string[], base: string, fault: Tell): void {
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) fault(`${base}${name}`, 'is not a known field');
  }
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
