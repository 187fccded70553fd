import { formatDuration, parseDuration } from '../../kernel/duration';
import { type Fault } from '../../kernel/errors';
import { holdoutDraw } from '../../kernel/hash';

/** A period of the global holdout: who is held out of everything but transactional mail, by a salt of its own. */
export interface GlobalHoldout {
  /** Counts the periods, from 1. */
  number: number;
  salt: string;
  /** In (0, 1). */
  share: number;
}

/** The setting as it is stored and shown (`api.md` 7). */
export interface GlobalHoldoutSetting {
  /** Share of the people who are held out, [0, 1); 0: nobody. */
  share: number;
  /** How long a period lasts, ISO 8601 in the store's calendar; null: for ever. */
  rotateEvery: string | null;
}

export const NO_GLOBAL_HOLDOUT: GlobalHoldoutSetting = { share: 0, rotateEvery: null };

/**
 * Whether a customer belongs to the global holdout of a period: by the id alone, as in an arm of a campaign
 * (definitions, "Arms"), so that every part of the engine, a forecast and a report find the same.
 */
export function isGloballyHeldOut({ salt, share }: GlobalHoldout, customerId: string): boolean {
  return holdoutDraw(salt, customerId) < share;
}

/** What explain says of a person who is held out. */
export function globalHoldoutValues({ number, salt, share }: GlobalHoldout, customerId: string): GlobalHoldoutValues {
  return { period: number, share, draw: holdoutDraw(salt, customerId) };
}

/** The period and the draw from which it was decided that a person is held out. */
export interface GlobalHoldoutValues extends Record<string, unknown> {
  period: number;
  share: number;
  draw: number;
}

const FIELDS = ['share', 'rotateEvery'];
/** Shorter periods would end before anybody's window. */
const SHORTEST_DAYS = 7;

/** Reads the body of `PUT /settings/global-holdout`: the setting, and every fault with its path. */
export function readGlobalHoldout(body: unknown): { setting: GlobalHoldoutSetting; faults: Fault[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { setting: NO_GLOBAL_HOLDOUT, faults: [{ path: '', message: 'must be an object' }] };
  }
  const faults: Fault[] = Object.keys(body)
    .filter((name) => !FIELDS.includes(name))
    .map((path) => ({ path, message: 'is not known' }));
  const { share, rotateEvery = null } = body as Record<string, unknown>;
  if (!isShare(share)) faults.push({ path: 'share', message: 'must be a number from 0 to below 1' });
  const every = typeof rotateEvery === 'string' ? readEvery(rotateEvery) : undefined;
  if (rotateEvery !== null && every === undefined) {
    const message = `must be a duration of at least P${SHORTEST_DAYS}D in days, weeks, months or years, or null`;
    faults.push({ path: 'rotateEvery', message });
  }
  return { setting: { share: isShare(share) ? share : 0, rotateEvery: every ?? null }, faults };
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < 1;
}

function readEvery(text: string): string | undefined {
  const duration = parseDuration(text);
  if (!duration || duration.hours || duration.minutes || duration.seconds) return undefined;
  const { years, months, weeks, days } = duration;
  return years || months || weeks * 7 + days >= SHORTEST_DAYS ? formatDuration(duration) : undefined;
}
