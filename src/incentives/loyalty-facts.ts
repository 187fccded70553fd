import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type FactSource, FactSources } from '../customers/fact-source';
import { type FactField, type FactReader, type FactRequest, type SqlReading } from '../customers/facts';
import { type Queryable } from '../platform/database/database';

const FIELDS: readonly FactField[] = [
  {
    name: 'points',
    type: 'number',
    integral: true,
    whenNone: 0,
    about: 'Loyalty points that can be spent; 0 without any.',
    sql: (reading) => (reading.history ? pastPoints(reading) : presentSql('points', reading)),
  },
  {
    name: 'tier',
    type: 'text',
    about: 'The key of the loyalty tier; missing for who has none.',
    sql: (reading) => (reading.history ? pastTier(reading) : presentSql('tier', reading)),
  },
];

interface Dated<T> {
  customerId: string;
  at: Date;
  value: T;
}

/**
 * Points and tier: the present from what is kept, the past from the ledger (by the time of each line) and from the
 * history of tiers (as they were).
 */
@Injectable()
export class LoyaltyFacts implements FactSource, OnModuleInit {
  readonly name = 'loyalty';
  readonly fields = FIELDS;

  constructor(private readonly sources: FactSources) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async load(db: Queryable, { customerIds }: FactRequest): Promise<Map<string, FactReader>> {
    const rows = await db.query<{ id: string; points: number; tier: string | null }>(
      'select customer_id as id, points, tier from customer_loyalty where customer_id = any($1::uuid[])',
      [customerIds],
    );
    const known = new Map(rows.map((row) => [row.id, row]));
    return new Map(
      customerIds.map((id) => [
        id,
        { read: (field) => (field === 'points' ? (known.get(id)?.points ?? 0) : (known.get(id)?.tier ?? null)) },
      ]),
    );
  }

  async timelines(db: Queryable, { customerIds, fields }: FactRequest, until: Date): Promise<Map<string, FactReader>> {
    const entries = fields.has('points')
      ? await db.query<Dated<number>>(
          `select customer_id as "customerId", at, sum(delta)::bigint as value from point_entries
           where customer_id = any($1::uuid[]) and at <= $2 group by 1, 2 order by at`,
          [customerIds, until],
        )
      : [];
    const tiers = fields.has('tier')
      ? await db.query<Dated<string | null>>(
          `select customer_id as "customerId", at, to_tier as value from customer_tiers
           where customer_id = any($1::uuid[]) and at <= $2 order by at, id`,
          [customerIds, until],
        )
      : [];
    const [entriesOf, tiersOf] = [byCustomer(entries), byCustomer(tiers)];
    const points = (id: string, asOf: Date): number =>
      Math.max(
        0,
        (entriesOf.get(id) ?? []).reduce((sum, { at, value }) => (at <= asOf ? sum + value : sum), 0),
      );
    const tier = (id: string, asOf: Date): string | null =>
      (tiersOf.get(id) ?? []).findLast(({ at }) => at <= asOf)?.value ?? null;
    return new Map(
      customerIds.map((id) => [
        id,
        { read: (field, { asOf }) => (field === 'points' ? points(id, asOf) : tier(id, asOf)) },
      ]),
    );
  }
}

function presentSql(column: 'points' | 'tier', { customer, join }: SqlReading): string {
  return join
    ? `${join('customer_loyalty')}.${column}`
    : `(select l.${column} from customer_loyalty l where l.customer_id = ${customer}.id)`;
}

/** What was owed is no balance below nothing. */
function pastPoints({ customer, asOf, param }: SqlReading): string {
  return `(select greatest(0, sum(e.delta))::bigint from point_entries e
    where e.customer_id = ${customer}.id and e.at <= ${param(asOf, 'timestamptz')})`;
}

function pastTier({ customer, asOf, param }: SqlReading): string {
  return `(select t.to_tier from customer_tiers t
    where t.customer_id = ${customer}.id and t.at <= ${param(asOf, 'timestamptz')} order by t.at desc, t.id desc limit 1)`;
}

function byCustomer<T>(rows: ReadonlyArray<Dated<T>>): Map<string, Array<Dated<T>>> {
  const groups = new Map<string, Array<Dated<T>>>();
  for (const row of rows) {
    const known = groups.get(row.customerId);
    if (known) known.push(row);
    else groups.set(row.customerId, [row]);
  }
  return groups;
}
