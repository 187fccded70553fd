import { Injectable } from '@nestjs/common';
import { type Wishes } from '../customers/wishes';
import { type Queryable } from '../platform/database/database';
import { type Decision, SegmentConditions } from '../segments/segment-conditions';
import { ContactPolicies } from './contact-policies';
import { type ContactFactRow, contactsOf } from './data/contact-facts.sql';
import { nothingCountsUpTo } from './domain/cap-window';
import { ContactDesk, type ContactPolicy, type Hold, type PastContact } from './domain/contact-policy';
import { type OwnCap, ownCapOf } from './domain/own-cap';
import { silence, SILENT_WHEN } from './domain/sunset';

/** Whom desks are opened for: their zone by customer id. */
export type ZonesById = ReadonlyMap<string, string>;

/** Opens the desk of the arbiter for a set of people, with all that it has to know of them. */
@Injectable()
export class ContactDesks {
  constructor(
    private readonly policies: ContactPolicies,
    private readonly conditions: SegmentConditions,
  ) {}

  /**
   * The desks, by customer id: a statement for the contacts where there is a cap, one for the hold where there is a
   * condition. Whoever lets mails go by them must have locked the people before, in an earlier statement of the same
   * transaction; then any number of processes keep the cap together. Without `cap` the desks know no cap.
   */
  async open(db: Queryable, zones: ZonesById, now: Date, { cap = true } = {}): Promise<Map<string, ContactDesk>> {
    if (zones.size === 0) return new Map();
    const whole = await this.policies.load(db);
    const policy = cap ? whole : { ...whole, maxMessages: null, per: null };
    const own = cap ? await ownCaps(db, [...zones.keys()]) : new Map<string, OwnCap>();
    const contacts = await this.contacts(db, policy, own, zones, now);
    const holds = await this.holds(db, policy, [...zones.keys()], now);
    return new Map(
      [...zones].map(([id, zone]) => [
        id,
        new ContactDesk(
          policy,
          { zone, contacts: contacts.get(id) ?? [], own: own.get(id) ?? null, onHold: holds.get(id) ?? null },
          now,
        ),
      ]),
    );
  }

  private async contacts(
    db: Queryable,
    { maxMessages, per }: ContactPolicy,
    own: ReadonlyMap<string, OwnCap>,
    zones: ZonesById,
    now: Date,
  ): Promise<Map<string, PastContact[]>> {
    const found = new Map<string, PastContact[]>();
    const shop = maxMessages === null ? null : per;
    const ids = shop ? [...zones.keys()] : [...own.keys()];
    if (ids.length === 0) return found;
    const periods = [...(shop ? [shop] : []), ...new Set([...own.values()].map((cap) => cap.per))];
    const edges = [...new Set(zones.values())].flatMap((zone) =>
      periods.map((period) => nothingCountsUpTo(period, zone, now).getTime()),
    );
    const rows = await db.query<ContactFactRow>(contactsOf(ids, new Date(Math.min(...edges))));
    for (const { customer_id: id, at, campaign_id: campaignId, priority } of rows) {
      const known = found.get(id);
      if (known) known.push({ at, campaignId, priority });
      else found.set(id, [{ at, campaignId, priority }]);
    }
    return found;
  }

  /** Whom the policy holds back: its condition, and of the others the sunset. */
  private async holds(
    db: Queryable,
    { holdMarketingWhen, sunset }: ContactPolicy,
    customerIds: readonly string[],
    now: Date,
  ): Promise<Map<string, Hold>> {
    const held = new Map<string, Hold>(
      holdMarketingWhen ? await this.meant(db, holdMarketingWhen, customerIds, now) : [],
    );
    if (!sunset) return held;
    const others = customerIds.filter((id) => !held.has(id));
    for (const [id, hold] of await this.meant(db, SILENT_WHEN, others, now)) held.set(id, silence(sunset, hold));
    return held;
  }

  /** Of whom a condition is true, with the values it rests on; few are, so only theirs are read. */
  private async meant(
    db: Queryable,
    condition: unknown,
    customerIds: readonly string[],
    now: Date,
  ): Promise<Map<string, Decision>> {
    const found = await this.conditions.evaluate(db, condition, customerIds, now);
    return found.size === 0 ? new Map() : this.conditions.decide(db, condition, [...found], now);
  }
}

/** The caps of those who asked for fewer mails: few of many. */
async function ownCaps(db: Queryable, customerIds: readonly string[]): Promise<Map<string, OwnCap>> {
  const rows = await db.query<{ id: string; wishes: Wishes }>({
    name: 'enrollments.own-caps',
    text: `select id, wishes from customers where id = any($1::uuid[]) and wishes ? 'frequency'`,
    values: [customerIds],
  });
  return new Map(
    rows.flatMap(({ id, wishes }): Array<[string, OwnCap]> => {
      const cap = ownCapOf(wishes);
      return cap ? [[id, cap]] : [];
    }),
  );
}
