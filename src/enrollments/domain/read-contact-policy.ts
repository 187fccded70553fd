import { formatDuration, parseDuration } from '../../kernel/duration';
import { type Fault } from '../../kernel/errors';
import { KEY_PATTERN } from '../../kernel/ids';
import { isDate, isTimeOfDay, isZone } from '../../kernel/local-time';
import { type ContactPolicy } from './contact-policy';
import { type QuietHours } from './wall-clock-bars';

/** The setting as it is stored and shown (`api.md` 7). */
export interface ContactPolicySetting {
  /** Marketing mails per person within `per`, over all campaigns; null: no cap. */
  maxMessages: number | null;
  /** ISO 8601, in the customer's calendar. */
  per: string | null;
  quietHours: QuietHours | null;
  /** Dates (`YYYY-MM-DD`), ascending. */
  blackout: string[];
  holdMarketingWhen?: Record<string, unknown>;
  /** Nothing but this campaign (key or id) is sent to who is unengaged. */
  sunset?: { campaign: string };
}

export const NO_SETTING: ContactPolicySetting = { maxMessages: null, per: null, quietHours: null, blackout: [] };

const FIELDS = ['maxMessages', 'per', 'quietHours', 'blackout', 'holdMarketingWhen', 'sunset'];
const QUIET_FIELDS = ['from', 'to', 'timezone'];
const MOST_MESSAGES = 1_000;
/** Bounds what a claim reads of a person's past. */
const LONGEST_PERIOD_DAYS = 366;
const MOST_DATES = 366;

/**
 * Reads the body of `PUT /settings/contact-policy`: the setting, and every fault of it with its path. Absent and null
 * both mean none. The condition is only looked at as an object; its grammar belongs to segments.
 */
export function readContactPolicy(body: unknown): { setting: ContactPolicySetting; faults: Fault[] } {
  if (!isObject(body)) return { setting: NO_SETTING, faults: [{ path: '', message: 'must be an object' }] };
  const faults = unknownFields(body, FIELDS, '');
  const fault = (path: string, message: string): undefined => void faults.push({ path, message });
  const { maxMessages = null, per = null, quietHours = null, blackout = null } = body;
  const { holdMarketingWhen = null, sunset = null } = body;
  const setting: ContactPolicySetting = {
    ...readCap(maxMessages, per, fault),
    quietHours: quietHours === null ? null : (readQuietHours(quietHours, faults) ?? null),
    blackout: blackout === null ? [] : readDates(blackout, fault),
  };
  if (holdMarketingWhen !== null) {
    if (isObject(holdMarketingWhen)) setting.holdMarketingWhen = holdMarketingWhen;
    else fault('holdMarketingWhen', 'must be a condition');
  }
  if (sunset !== null) readSunset(sunset, setting, faults);
  return { setting, faults };
}

/** The stored setting as the arbiter takes it. @param sunsetCampaignId of the campaign that its sunset names */
export function policyOf(setting: ContactPolicySetting, sunsetCampaignId: string | null = null): ContactPolicy {
  const { maxMessages, per, quietHours, blackout, holdMarketingWhen, sunset } = setting;
  const period = per === null ? null : (parseDuration(per) ?? null);
  return {
    ...{ maxMessages, per: period, quietHours, blackout, holdMarketingWhen: holdMarketingWhen ?? null },
    sunset: sunset ? { campaignId: sunsetCampaignId } : null,
  };
}

type Tell = (path: string, message: string) => undefined;

function readCap(max: unknown, per: unknown, fault: Tell): Pick<ContactPolicySetting, 'maxMessages' | 'per'> {
  const count = isCount(max) ? max : null;
  if (max !== null && count === null) fault('maxMessages', `must be a whole number from 1 to ${MOST_MESSAGES}`);
  const period = typeof per === 'string' ? shortEnough(per) : undefined;
  if (per !== null && period === undefined) {
    fault('per', `must be a duration such as P7D, at most ${LONGEST_PERIOD_DAYS} days`);
  }
  if (max === null && per !== null) fault('maxMessages', 'is missing: it stands together with per');
  if (max !== null && per === null) fault('per', 'is missing: it stands together with maxMessages');
  return { maxMessages: count, per: period ?? null };
}

function readSunset(value: unknown, setting: ContactPolicySetting, faults: Fault[]): void {
  const campaign = isObject(value) ? value.campaign : undefined;
  if (isObject(value)) faults.push(...unknownFields(value, ['campaign'], 'sunset.'));
  if (typeof campaign === 'string' && KEY_PATTERN.test(campaign)) setting.sunset = { campaign };
  else faults.push({ path: 'sunset.campaign', message: 'must be the key or the id of a campaign' });
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_MESSAGES;
}

function shortEnough(text: string): string | undefined {
  const d = parseDuration(text);
  if (!d) return undefined;
  const days =
    d.years * 366 + d.months * 31 + d.weeks * 7 + d.days + (d.hours * 60 + d.minutes + d.seconds / 60) / 1440;
  return days <= LONGEST_PERIOD_DAYS ? formatDuration(d) : undefined;
}

function readQuietHours(value: unknown, faults: Fault[]): QuietHours | undefined {
  if (!isObject(value)) {
    faults.push({ path: 'quietHours', message: 'must be an object of from, to and timezone' });
    return undefined;
  }
  const found = unknownFields(value, QUIET_FIELDS, 'quietHours.');
  const { from, to, timezone } = value;
  for (const [name, time] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (typeof time !== 'string' || !isTimeOfDay(time))
      found.push({ path: `quietHours.${name}`, message: 'must be a time of day such as 21:00' });
  }
  if (typeof timezone !== 'string' || (timezone !== 'customer' && !isZone(timezone)))
    found.push({ path: 'quietHours.timezone', message: 'must be customer or an IANA time zone' });
  if (found.length === 0 && from === to)
    found.push({ path: 'quietHours.to', message: 'must differ from quietHours.from: there is no mail at no time' });
  faults.push(...found);
  return found.length === 0 ? { from: String(from), to: String(to), timezone: String(timezone) } : undefined;
}

function readDates(value: unknown, fault: Tell): string[] {
  if (!Array.isArray(value) || value.length > MOST_DATES) {
    fault('blackout', `must be a list of at most ${MOST_DATES} dates`);
    return [];
  }
  const dates = new Set<string>();
  value.forEach((date: unknown, i) => {
    if (typeof date !== 'string' || !isDate(date)) fault(`blackout[${i}]`, 'must be a date such as 2026-12-25');
    else if (dates.has(date)) fault(`blackout[${i}]`, `${date} stands here twice`);
    else dates.add(date);
  });
  return [...dates].sort();
}

function unknownFields(value: Record<string, unknown>, known: readonly string[], base: string): Fault[] {
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => ({ path: `${base}${name}`, message: 'is not a known field' }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
