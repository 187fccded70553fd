import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Refusal } from '../kernel/errors';
import { Database, type Queryable } from '../platform/database/database';
import { SettingsStore } from '../platform/settings/settings';
import { SegmentConditions } from '../segments/segment-conditions';
import { type SegmentUse, SegmentUses } from '../segments/segment-use';
import { type ContactPolicy, NO_POLICY } from './domain/contact-policy';
import { SILENT_WHEN } from './domain/sunset';
import { type ContactPolicySetting, NO_SETTING, policyOf, readContactPolicy } from './domain/read-contact-policy';

const KEY = 'contact-policy';

/** The contact policy of the shop: cap, quiet hours, blackout dates, and the condition that holds marketing back. */
@Injectable()
export class ContactPolicies implements SegmentUse, OnModuleInit {
  /** What a transaction has read holds until its end: one claim, one policy. */
  private readonly read = new WeakMap<Queryable, ContactPolicy>();

  constructor(
    private readonly database: Database,
    private readonly settings: SettingsStore,
    private readonly conditions: SegmentConditions,
    private readonly uses: SegmentUses,
    private readonly audit: AuditLog,
  ) {}

  onModuleInit(): void {
    this.uses.register(this);
  }

  /** The setting; all empty where none was made. */
  async view(db: Queryable = this.database): Promise<ContactPolicySetting> {
    return (await this.settings.get<ContactPolicySetting>(KEY, db)) ?? NO_SETTING;
  }

  /**
   * Replaces the policy; what is left out is none. It holds from the next time that a mail asks: one that waits is asked
   * at the time it waits for.
   *
   * @throws Refusal (422) with every fault.
   */
  async change(body: unknown): Promise<ContactPolicySetting> {
    const { setting, faults } = readContactPolicy(body);
    return this.database.transaction(async (tx) => {
      const condition = setting.holdMarketingWhen;
      if (condition) faults.push(...(await this.conditions.validate(condition, 'holdMarketingWhen', tx)));
      if (setting.sunset && (await sunsetCampaign(tx, setting)) === null) {
        faults.push({ path: 'sunset.campaign', message: `the campaign ${setting.sunset.campaign} does not exist` });
      }
      if (faults.length > 0) throw Refusal.invalid(faults);
      const before = await this.view(tx);
      await this.settings.put(tx, KEY, setting);
      await this.audit.record(tx, {
        action: 'settings.contact-policy',
        resource: 'settings:contact-policy',
        before,
        after: setting,
      });
      return setting;
    });
  }

  /** The policy as the arbiter takes it; within a transaction it is read once. */
  async load(db: Queryable): Promise<ContactPolicy> {
    const known = this.read.get(db);
    if (known) return known;
    const setting = await this.settings.get<ContactPolicySetting>(KEY, db);
    const policy = setting ? policyOf(setting, await sunsetCampaign(db, setting)) : NO_POLICY;
    if (db !== this.database) this.read.set(db, policy);
    return policy;
  }

  /** A segment that the policy names cannot be deleted. */
  async usesOf(db: Queryable, segment: { id: string; key: string }): Promise<string[]> {
    const { holdMarketingWhen, sunset } = await this.view(db);
    const named = [holdMarketingWhen, sunset && SILENT_WHEN];
    return names({ all: named }, [segment.id, segment.key]) ? ['the contact policy'] : [];
  }
}

/** The id of the campaign that the sunset of a policy names; null: there is none. */
async function sunsetCampaign(db: Queryable, { sunset }: ContactPolicySetting): Promise<string | null> {
  if (!sunset) return null;
  const [row] = await db.query<{ id: string }>(
    'select id from campaigns where key = $1 or id::text = $1 order by key = $1 limit 1',
    [sunset.campaign],
  );
  return row?.id ?? null;
}

/** Whether a condition refers to a segment, at any depth. */
function names(condition: unknown, refs: readonly string[]): boolean {
  if (Array.isArray(condition)) return condition.some((one) => names(one, refs));
  if (typeof condition !== 'object' || condition === null) return false;
  const { segment, all, any, not } = condition as Record<string, unknown>;
  return refs.some((ref) => ref === segment) || [all, any, not].some((one) => names(one, refs));
}
