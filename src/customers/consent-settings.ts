import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { addDuration, parseDuration } from '../kernel/duration';
import { type Fault, Refusal } from '../kernel/errors';
import { Database, type Queryable } from '../platform/database/database';
import { SettingsStore } from '../platform/settings/settings';
import { OffByDefault } from './off-by-default';
import { TRACKING_TOPICS } from './wishes';

/** `settings/consent`: how consent is obtained, and what is recorded of people who have said nothing about it. */
export interface ConsentSetting {
  /** Whether a `pending` consent is sent a mail that asks to confirm it. */
  doubleOptIn: boolean;
  /** A shop that says `pending` again starts another mail only after this time; ISO 8601. */
  resendAfter: string;
  /** Most confirmation mails that a person is ever sent. */
  mostMails: number;
  /** Opens and clicks apart: whether they are recorded where the person has not decided. */
  tracking: { opens: boolean; clicks: boolean };
}

const KEY = 'consent';
const DEFAULTS: ConsentSetting = {
  doubleOptIn: false,
  resendAfter: 'P1D',
  mostMails: 3,
  tracking: { opens: true, clicks: true },
};
const EPOCH = new Date(0);

/** The shop's rules on consent. */
@Injectable()
export class ConsentSettings {
  constructor(
    private readonly database: Database,
    private readonly settings: SettingsStore,
    private readonly off: OffByDefault,
    private readonly audit: AuditLog,
  ) {}

  async view(db: Queryable = this.database): Promise<ConsentSetting> {
    return (await this.settings.get<ConsentSetting>(KEY, db)) ?? DEFAULTS;
  }

  /** Replaces it; what is left out is as by default. @throws Refusal (422) with every fault. */
  async change(body: unknown): Promise<ConsentSetting> {
    const { setting, faults } = read(body);
    if (faults.length > 0) throw Refusal.invalid(faults);
    return this.database.transaction(async (tx) => {
      const before = await this.view(tx);
      await this.settings.put(tx, KEY, setting);
      const names = (['opens', 'clicks'] as const).filter((what) => !setting.tracking[what]);
      await this.off.replace(
        tx,
        (name) => name.includes('.'),
        names.map((what) => TRACKING_TOPICS[what]),
      );
      await this.audit.record(tx, { action: 'settings.consent', resource: 'settings:consent', before, after: setting });
      return setting;
    });
  }
}

function read(body: unknown): { setting: ConsentSetting; faults: Fault[] } {
  const faults: Fault[] = [];
  if (!isObject(body)) return { setting: DEFAULTS, faults: [{ path: '', message: 'must be an object' }] };
  unknownFields(body, Object.keys(DEFAULTS), '', faults);
  const { resendAfter = DEFAULTS.resendAfter, mostMails = DEFAULTS.mostMails } = body;
  const period = typeof resendAfter === 'string' ? parseDuration(resendAfter) : undefined;
  if (!period || addDuration(EPOCH, period, 'UTC') <= EPOCH)
    faults.push({ path: 'resendAfter', message: 'must be a duration such as P1D' });
  if (!Number.isInteger(mostMails) || Number(mostMails) < 1 || Number(mostMails) > 10)
    faults.push({ path: 'mostMails', message: 'must be a whole number from 1 to 10' });
  const tracking = body['tracking'] ?? {};
  if (isObject(tracking)) unknownFields(tracking, ['opens', 'clicks'], 'tracking.', faults);
  else faults.push({ path: 'tracking', message: 'must be an object of opens and clicks' });
  const flag = (path: string, value: unknown, byDefault: boolean): boolean => {
    if (typeof value === 'boolean' || value === undefined) return value ?? byDefault;
    faults.push({ path, message: 'must be true or false' });
    return byDefault;
  };
  const of = (what: 'opens' | 'clicks'): boolean =>
    flag(`tracking.${what}`, isObject(tracking) ? tracking[what] : undefined, DEFAULTS.tracking[what]);
  const setting = {
    doubleOptIn: flag('doubleOptIn', body['doubleOptIn'], DEFAULTS.doubleOptIn),
    resendAfter: String(resendAfter),
    mostMails: Number(mostMails),
    tracking: { opens: of('opens'), clicks: of('clicks') },
  };
  return { setting, faults };
}

function unknownFields(value: Record<string, unknown>, known: readonly string[], base: string, faults: Fault[]): void {
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) faults.push({ path: `${base}${name}`, message: 'is not a known field' });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
