import { Injectable } from '@nestjs/common';
import { mailableSql } from '../customers/customer.sql-fragments';
import { CampaignAudience } from '../enrollments/campaign-audience';
import { Clock } from '../kernel/clock';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import { memberSql, SegmentConditions } from '../segments/segment-conditions';
import { type ConcernedPeople, type PlanItem } from './blueprint.types';
import { inFlight, type InFlightRow } from './data/present-shop.sql';
import { namedIn } from './domain/name-by-key';
import { type PresentShop } from './present-shop';

/** Counts that are still to be taken for an item. */
export interface PendingCount {
  item: PlanItem;
  count: () => Promise<ConcernedPeople>;
}

/** Whom a change concerns: the people that a plan shows beside it. */
@Injectable()
export class ConcernedCustomers {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly conditions: SegmentConditions,
    private readonly audiences: CampaignAudience,
  ) {}

  /**
   * Makes the statements for whom segments and campaigns mean after the change, inside the transaction that knows it.
   * They name no segment any more (its condition stands in its place), so they are run when that is over and nobody
   * waits for its locks.
   */
  async prepare(tx: Tx, items: readonly PlanItem[], after: PresentShop): Promise<PendingCount[]> {
    const pending: PendingCount[] = [];
    for (const item of items) {
      if (item.action !== 'create' && item.action !== 'update') continue;
      const segment = item.kind === 'segment' ? after.segments.get(item.key) : undefined;
      const campaign = item.kind === 'campaign' ? after.campaigns.get(item.key) : undefined;
      if (segment) pending.push({ item, count: await this.membersOf(tx, segment.condition) });
      if (campaign) {
        const audience = await this.audiences.prepare(tx, campaign);
        pending.push({ item, count: async () => reached(await audience()) });
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
    for (const { item, count } of pending) item.people = { ...item.people, ...(await count()) };
    for (const item of items) {
      const known = item.kind === 'segment' && item.action === 'update' ? before.segments.get(item.key) : undefined;
      if (!known) continue;
      const members = await this.membersOf(this.database, known.condition);
      const { matched } = await members();
      item.people = { ...item.people, matchedBefore: matched };
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
      else if (item.kind === 'template' || item.kind === 'survey') concerned.set(item, campaigns);
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

  private async membersOf(db: Queryable, condition: unknown): Promise<() => Promise<Counts>> {
    const options = { whole: true };
    const { text, values, joins } = await this.conditions.compile(condition, this.clock.now(), options, db);
    return async () => {
      const [row] = await this.database.query<Counts>(
        `select count(*) as matched, count(*) filter (where ${mailableSql('c')}) as mailable
         from customers c ${joins} where ${memberSql('c')} and ${text}`,
        values,
      );
      return row ?? { matched: 0, mailable: 0 };
    };
  }
}

type Counts = Required<Pick<ConcernedPeople, 'matched' | 'mailable'>>;

/** Of an audience count what a plan shows; who would be held out is drawn anew when a campaign is really made. */
function reached({ matched, mailable }: Counts): Counts {
  return { matched, mailable };
}

/** The campaigns and segments that name a survey, a template or a segment. Archived campaigns run no more. */
function usersOf({ kind, key }: PlanItem, shop: PresentShop): Array<{ kind: 'campaign' | 'segment'; key: string }> {
  if (kind === 'campaign') return [];
  const campaigns = [...shop.campaigns.values()].filter(
    ({ status, definition }) => status !== 'archived' && namedIn(definition, kind).includes(key),
  );
  const segments =
    kind === 'segment' || kind === 'survey'
      ? [...shop.segments.values()].filter(({ condition }) => namedIn(condition, kind).includes(key))
      : [];
  return [
    ...campaigns.map((one) => ({ kind: 'campaign' as const, key: one.key })),
    ...segments.map((one) => ({ kind: 'segment' as const, key: one.key })),
  ];
}
