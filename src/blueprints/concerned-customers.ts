import { Injectable } from '@nestjs/common';
import { type CampaignDefinition } from '../campaigns/campaign.types';
import { effectiveConsentSql, mailableSql, suppressedSql } from '../customers/customer.sql-fragments';
import { Clock } from '../kernel/clock';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import { memberSql, SegmentConditions, type SqlFragment } from '../segments/segment-conditions';
import { type ConcernedPeople, type PlanItem } from './blueprint.types';
import { inFlight, type InFlightRow } from './data/present-shop.sql';
import { namedIn } from './domain/name-by-key';
import { type PresentShop } from './present-shop';

/** A count still to be taken: the statement is made inside the transaction, where the change can be seen. */
export interface PendingCount {
  item: PlanItem;
  /** Undefined: everyone. */
  where: SqlFragment | undefined;
  basis: CampaignDefinition['basis'];
  field: 'after' | 'before';
}

/** Whom a change concerns: the people that a plan shows beside it. */
@Injectable()
export class ConcernedCustomers {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly conditions: SegmentConditions,
  ) {}

  /**
   * Makes the statements for whom segments and campaigns mean after the change. They name no segment any more (its
   * condition stands in its place), so they can be run when the transaction is over and nobody waits for its locks.
   */
  async prepare(tx: Tx, items: readonly PlanItem[], after: PresentShop): Promise<PendingCount[]> {
    const pending: PendingCount[] = [];
    for (const item of items) {
      if (item.action !== 'create' && item.action !== 'update') continue;
      if (item.kind === 'segment') {
        const condition = after.segments.get(item.key)?.condition;
        pending.push({ item, where: await this.compile(tx, condition), basis: 'consent', field: 'after' });
      } else if (item.kind === 'campaign') {
        const definition = after.campaigns.get(item.key)?.definition;
        if (!definition) continue;
        const where = await this.compile(tx, audienceOf(definition));
        pending.push({ item, where, basis: definition.basis, field: 'after' });
      }
    }
    return pending;
  }

  /** Takes the counts and writes them into the items, with who is on the way and what names what. */
  async count(
    items: readonly PlanItem[],
    pending: readonly PendingCount[],
    before: PresentShop,
    after: PresentShop,
  ): Promise<void> {
    const all = [...pending];
    for (const item of items) {
      const known = item.kind === 'segment' && item.action === 'update' ? before.segments.get(item.key) : undefined;
      if (!known) continue;
      const where = await this.compile(this.database, known.condition);
      all.push({ item, where, basis: 'consent', field: 'before' });
    }
    const taken = new Map<string, Promise<Counts>>();
    for (const { item, where, basis, field } of all) {
      const name = JSON.stringify([where?.text, where?.values, basis]);
      const counting = taken.get(name) ?? this.countOf(where, basis);
      taken.set(name, counting);
      const { matched, mailable } = await counting;
      item.people = { ...item.people, ...(field === 'before' ? { matchedBefore: matched } : { matched, mailable }) };
    }
    await this.countInFlight(items, before, after);
  }

  private async countInFlight(items: readonly PlanItem[], before: PresentShop, after: PresentShop): Promise<void> {
    const concerned = new Map<PlanItem, string[]>();
    for (const item of items) {
      if (item.action === 'unchanged' || item.action === 'missing') continue;
      const usedBy = usersOf(item, after);
      if (usedBy.length > 0) item.usedBy = usedBy.map(({ kind, key }) => `${kind} ${key}`);
      const campaigns = usedBy.flatMap(({ kind, key }) => (kind === 'campaign' ? [key] : []));
      if (item.kind === 'campaign') concerned.set(item, [item.key]);
      else if (item.kind === 'template') concerned.set(item, campaigns);
    }
    const keys = new Set([...concerned.values()].flat());
    const ids = [...before.campaigns.values()].flatMap(({ id, key }) => (keys.has(key) ? [id] : []));
    if (ids.length === 0) return;
    const rows = await this.database.query<InFlightRow>(inFlight(ids));
    for (const [item, campaigns] of concerned) {
      const own = rows.filter(({ campaign }) => campaigns.includes(campaign));
      if (own.length > 0) item.people = { ...item.people, inFlight: own };
    }
  }

  private async compile(db: Queryable, condition: unknown): Promise<SqlFragment | undefined> {
    return condition === undefined ? undefined : this.conditions.compile(condition, this.clock.now(), {}, db);
  }

  private async countOf(where: SqlFragment | undefined, basis: CampaignDefinition['basis']): Promise<Counts> {
    const [row] = await this.database.query<Counts>(
      `select count(*) as matched, count(*) filter (where ${reachableSql('c', basis)}) as mailable
       from customers c where ${memberSql('c')} and ${where?.text ?? 'true'}`,
      where?.values,
    );
    return row ?? { matched: 0, mailable: 0 };
  }
}

type Counts = Required<Pick<ConcernedPeople, 'matched' | 'mailable'>>;

/** Whom a campaign means: its audience, and of an announcement those of its segment. */
function audienceOf({ audience, trigger }: CampaignDefinition): unknown {
  const announced = trigger.on === 'schedule' || trigger.on === 'date' ? { segment: trigger.segment } : undefined;
  if (audience === undefined) return announced;
  return announced === undefined ? audience : { all: [audience, announced] };
}

/** Whether mail may go to the customer on a basis (boolean SQL), as the engine decides it at entry. */
function reachableSql(c: string, basis: CampaignDefinition['basis']): string {
  const address = `${c}.email is not null and ${memberSql(c)} and not ${suppressedSql(c)}`;
  switch (basis) {
    case 'consent':
      return mailableSql(c);
    case 'soft_opt_in':
      return `(${address} and (${effectiveConsentSql(c)} = 'subscribed' or (${effectiveConsentSql(c)} <> 'unsubscribed'
        and exists (select 1 from customer_orders co where co.customer_id = ${c}.id and co.count > 0))))`;
    case 'transactional':
      return `(${address})`;
    default:
      return basis satisfies never;
  }
}

/** The campaigns and segments that name a template or a segment. Archived campaigns run no more. */
function usersOf({ kind, key }: PlanItem, shop: PresentShop): Array<{ kind: 'campaign' | 'segment'; key: string }> {
  if (kind === 'campaign') return [];
  const campaigns = [...shop.campaigns.values()].filter(
    ({ status, definition }) => status !== 'archived' && namedIn(definition, kind).includes(key),
  );
  const segments =
    kind === 'segment'
      ? [...shop.segments.values()].filter(({ condition }) => namedIn(condition, 'segment').includes(key))
      : [];
  return [
    ...campaigns.map((one) => ({ kind: 'campaign' as const, key: one.key })),
    ...segments.map((one) => ({ kind: 'segment' as const, key: one.key })),
  ];
}
