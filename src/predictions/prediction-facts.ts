import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type FactSource, FactSources } from '../customers/fact-source';
import { type FactField, type FactReader, type FactRequest, type SqlReading } from '../customers/facts';
import { type Queryable } from '../platform/database/database';
import { CustomerPredictions } from './customer-predictions';
import { OWN_LAPSE_FACTS } from './overdue-returns';
import { predictionHistory, type PredictionRow, predictionsOf } from './data/predictions.sql';

const FIELDS: readonly FactField[] = [
  {
    name: 'predicted.alive',
    type: 'number',
    about:
      'Probability that the customer still is one, in hundredths, by the order days up to yesterday (MBG/NBD); missing for who never ordered, and while the shop has too little history.',
    sql: (reading) => valueSql('alive', reading),
  },
  {
    name: 'predicted.value',
    type: 'money',
    integral: true,
    about:
      'Revenue to be expected in the next 52 weeks, to three digits (BG/NBD and Gamma-Gamma); missing where `predicted.alive` is, and while too few came back.',
    sql: (reading) => valueSql('value_minor', reading),
  },
  {
    name: 'predicted.lapseAfter',
    type: 'number',
    integral: true,
    toldAs: [OWN_LAPSE_FACTS],
    about:
      'The customer’s own lapse threshold in days, 14 to 365, from the gaps between their order days; missing for who has fewer than four.',
    sql: (reading) => valueSql('lapse_after', reading),
  },
  {
    name: 'predicted.overdue',
    type: 'number',
    integral: true,
    toldAs: [OWN_LAPSE_FACTS],
    about:
      'How often `predicted.lapseAfter` has gone by since the last order day: 0 up to it, 1 from the day after, 2 past twice of it; missing where that is. Who buys is at 0 at once.',
    sql: (reading) => valueSql('overdue', reading),
  },
];

type DatedPrediction = PredictionRow & { at: Date };

/** What is expected of customers: the present from what is kept, the past from when it was worked out. */
@Injectable()
export class PredictionFacts implements FactSource, OnModuleInit {
  readonly name = 'predictions';
  readonly fields = FIELDS;

  constructor(
    private readonly sources: FactSources,
    private readonly predictions: CustomerPredictions,
  ) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async asked(): Promise<void> {
    await this.predictions.want();
  }

  async load(db: Queryable, { customerIds }: FactRequest): Promise<Map<string, FactReader>> {
    const rows = await db.query<PredictionRow>(predictionsOf(customerIds));
    return new Map(rows.map((row) => [row.customerId, { read: (field) => valueOf(row, field) }]));
  }

  async timelines(db: Queryable, { customerIds }: FactRequest, until: Date): Promise<Map<string, FactReader>> {
    const histories = new Map<string, DatedPrediction[]>();
    for (const row of await db.query<DatedPrediction>(predictionHistory(customerIds, until))) {
      const known = histories.get(row.customerId);
      if (known) known.push(row);
      else histories.set(row.customerId, [row]);
    }
    return new Map(
      [...histories].map(([id, rows]) => [
        id,
        {
          read: (field, { asOf }) =>
            valueOf(
              rows.findLast(({ at }) => at <= asOf),
              field,
            ),
        },
      ]),
    );
  }
}

const READ: Readonly<Record<string, (row: PredictionRow) => number | null>> = {
  'predicted.alive': ({ alive }) => alive,
  'predicted.value': ({ valueMinor }) => valueMinor,
  'predicted.lapseAfter': ({ lapseAfter }) => lapseAfter,
  'predicted.overdue': ({ overdue }) => overdue,
};

function valueOf(row: PredictionRow | undefined, field: string): number | null {
  return (row && READ[field]?.(row)) ?? null;
}

function valueSql(
  column: 'alive' | 'value_minor' | 'lapse_after' | 'overdue',
  { history, customer, join, asOf, param }: SqlReading,
): string {
  if (history) {
    return `(select p.${column} from prediction_changes p where p.customer_id = ${customer}.id
      and p.at <= ${param(asOf, 'timestamptz')} order by p.at desc, p.id desc limit 1)`;
  }
  return join
    ? `${join('customer_predictions')}.${column}`
    : `(select p.${column} from customer_predictions p where p.customer_id = ${customer}.id)`;
}
