import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type FactSource, FactSources } from '../customers/fact-source';
import { type FactField, type FactReader, type FactRequest, type SqlReading } from '../customers/facts';
import { localDate } from '../kernel/local-time';
import { Stretches } from '../kernel/stretches';
import { countedAtSql, countedUntilSql, everPaidSql, refundedAsOfSql } from '../orders/order-sql';
import { AppConfig } from '../platform/config/config';
import { type Queryable } from '../platform/database/database';
import { type Stage, STAGES, type LifecycleRules, type StageFacts, stageOn } from './stage';
import { lifecycleInForceSql, stageSql } from './stage-sql';

/** The stage, in the present from where it is kept, in history from the orders and the threshold of that time. */
@Injectable()
export class StageFactSource implements FactSource, OnModuleInit {
  readonly name = 'stages';
  readonly fields: readonly FactField[];
  private readonly zone: string;

  constructor(
    private readonly sources: FactSources,
    config: AppConfig,
  ) {
    this.zone = config.store.timezone;
    this.fields = [
      {
        name: 'stage',
        type: 'choice',
        choices: STAGES,
        about: 'Exactly one of prospect, recent, repeat, lapsed.',
        sql: (reading) => (reading.history ? this.pastSql(reading) : presentSql(reading)),
        oneOfSql: presentOneOfSql,
      },
    ];
  }

  onModuleInit(): void {
    this.sources.register(this);
  }

  async load(db: Queryable, { customerIds }: FactRequest): Promise<Map<string, FactReader>> {
    const rows = await db.query<{ id: string; stage: Stage }>(
      'select customer_id as id, stage from customer_stages where customer_id = any($1::uuid[])',
      [customerIds],
    );
    const stages = new Map(rows.map(({ id, stage }) => [id, stage]));
    return new Map(customerIds.map((id) => [id, { read: () => stages.get(id) ?? 'prospect' }]));
  }

  /** From the orders themselves, the thresholds of their times and the pure rule. */
  async timelines(db: Queryable, { customerIds }: FactRequest, until: Date): Promise<Map<string, FactReader>> {
    const settings = await db.query<LifecycleRules & { at: Date }>(
      `select at, effective_days as "thresholdDays", repeat_min_orders as "repeatMinOrders"
       from lifecycle_settings order by id`,
    );
    const orders = await db.query<CountedOrder>(
      `select o.customer_id as "customerId", o.placed_at as "placedAt", ${countedUntilSql('o')} as "endedAt"
       from orders o where o.customer_id = any($1::uuid[]) and ${everPaidSql('o')} and o.placed_at <= $2
       order by o.placed_at`,
      [customerIds, until],
    );
    const byCustomer = new Map<string, CountedOrder[]>(customerIds.map((id) => [id, []]));
    for (const order of orders) byCustomer.get(order.customerId)?.push(order);
    const rulesAt = (asOf: Date): LifecycleRules | undefined =>
      settings.findLast(({ at }) => at <= asOf) ?? settings[0];
    return new Map([...byCustomer].map(([id, own]) => [id, this.stagesOf(own, rulesAt)]));
  }

  private stagesOf(orders: readonly CountedOrder[], rulesAt: (asOf: Date) => LifecycleRules | undefined): FactReader {
    const factsAt = this.stageFactsOf(orders);
    return {
      read: (_field, { asOf }) => {
        const rules = rulesAt(asOf);
        return rules ? stageOn(factsAt(asOf), localDate(asOf, this.zone), rules) : 'prospect';
      },
    };
  }

  /** How many orders count at an instant, and the day of the last; worked out once for as long as they stay the same. */
  private stageFactsOf(orders: readonly CountedOrder[]): (asOf: Date) => StageFacts {
    const changes = orders.flatMap(({ placedAt, endedAt }) => [placedAt, endedAt ?? placedAt]);
    const stretches = new Stretches(changes.map((at) => at.getTime()));
    const known: StageFacts[] = [];
    const count = (asOf: Date): StageFacts => {
      const counting = orders.filter(
        ({ placedAt, endedAt }) => placedAt <= asOf && (endedAt === null || endedAt > asOf),
      );
      const last = counting.at(-1);
      return { orderCount: counting.length, lastDay: last ? localDate(last.placedAt, this.zone) : null };
    };
    return (asOf) => (known[stretches.at(asOf.getTime())] ??= count(asOf));
  }

  private pastSql({ customer, asOf, param }: SqlReading): string {
    const at = param(asOf, 'timestamptz');
    const stage = stageSql({
      count: 'count(*)',
      lastDay: `max((o.placed_at at time zone ${param(this.zone, 'text')})::date)`,
      day: param(localDate(asOf, this.zone), 'date'),
      thresholdDays: 'max(rules.effective_days)',
      repeatMinOrders: 'max(rules.repeat_min_orders)',
    });
    return `(select ${stage} from (${lifecycleInForceSql(at)}) rules
      cross join orders o ${refundedAsOfSql('o', at)}
      where o.customer_id = ${customer}.id and ${countedAtSql('o', at)})`;
  }
}

/** An order that was ever paid, and from when on it counted no more. */
interface CountedOrder {
  customerId: string;
  placedAt: Date;
  endedAt: Date | null;
}

/** Who has no row yet is a prospect. */
function presentSql({ customer, join }: SqlReading): string {
  const stage = join
    ? `${join('customer_stages')}.stage`
    : `(select s.stage from customer_stages s where s.customer_id = ${customer}.id)`;
  return `coalesce(${stage}, 'prospect')`;
}

function presentOneOfSql(values: readonly string[], { customer, param }: SqlReading): string {
  const row = `select 1 from customer_stages s where s.customer_id = ${customer}.id and s.stage`;
  return values.includes('prospect')
    ? `not exists (${row} <> all(${param(values, 'text[]')}))`
    : `exists (${row} = any(${param(values, 'text[]')}))`;
}
