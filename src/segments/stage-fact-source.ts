import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type FactSource, FactSources } from '../customers/fact-source';
import { type FactField, type FactReader, type FactRequest, type SqlReading } from '../customers/facts';
import { localDate } from '../kernel/local-time';
import { countsAsOfSql, refundedAsOfSql } from '../orders/order-sql';
import { AppConfig } from '../platform/config/config';
import { type Queryable } from '../platform/database/database';
import { type Stage, STAGES, type LifecycleRules, stageOn } from './stage';
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
        sql: (reading) => (reading.history ? this.pastSql(reading) : presentSql(reading.customer)),
      },
    ];
  }

  onModuleInit(): void {
    this.sources.register(this);
  }

  async load(db: Queryable, { customerIds, asOf, history }: FactRequest): Promise<Map<string, FactReader>> {
    const stages = history
      ? await this.loadPast(db, customerIds, asOf)
      : new Map(
          (
            await db.query<{ id: string; stage: Stage }>(
              'select customer_id as id, stage from customer_stages where customer_id = any($1::uuid[])',
              [customerIds],
            )
          ).map(({ id, stage }) => [id, stage]),
        );
    return new Map(customerIds.map((id) => [id, { read: () => stages.get(id) ?? 'prospect' }]));
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
      where o.customer_id = ${customer}.id and ${countsAsOfSql('o', at)})`;
  }

  /** The same from the orders themselves and the pure rule. */
  private async loadPast(db: Queryable, customerIds: readonly string[], asOf: Date): Promise<Map<string, Stage>> {
    const [rules] = await db.query<LifecycleRules>(
      `select effective_days as "thresholdDays", repeat_min_orders as "repeatMinOrders"
       from (${lifecycleInForceSql('$1::timestamptz')}) rules`,
      [asOf],
    );
    if (!rules) return new Map();
    const orders = await db.query<{ id: string; placedAt: Date }>(
      `select o.customer_id as id, o.placed_at as "placedAt" from orders o ${refundedAsOfSql('o', '$2::timestamptz')}
       where o.customer_id = any($1::uuid[]) and ${countsAsOfSql('o', '$2::timestamptz')}`,
      [customerIds, asOf],
    );
    const byCustomer = new Map<string, string[]>();
    for (const { id, placedAt } of orders) {
      byCustomer.set(id, [...(byCustomer.get(id) ?? []), localDate(placedAt, this.zone)]);
    }
    const today = localDate(asOf, this.zone);
    return new Map(
      [...byCustomer].map(([id, days]) => {
        const lastDay = days.reduce((last, day) => (day > last ? day : last));
        return [id, stageOn({ orderCount: days.length, lastDay }, today, rules)];
      }),
    );
  }
}

function presentSql(customer: string): string {
  return `coalesce((select s.stage from customer_stages s where s.customer_id = ${customer}.id), 'prospect')`;
}
