import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type FactSource, FactSources } from '../customers/fact-source';
import { type FactField, type FactReader, type FactRequest, type SqlReading } from '../customers/facts';
import { type Queryable } from '../platform/database/database';
import { MESSAGE } from './data/message-happening';

/** The hits of people with mails to them; machines are left out. */
const HUMAN = `not h.machine and h.kind in ('open', 'click')`;

type Kind = 'open' | 'click';

function lastSql(kind: Kind, { customer, history, asOf, param, grouped }: SqlReading): string {
  if (grouped) {
    const rows = { from: `hits h where ${HUMAN}`, customer: 'h.customer_id' };
    return grouped(rows, `max(h.at) filter (where h.kind = '${kind}')`);
  }
  const past = history ? ` and h.at <= ${param(asOf, 'timestamptz')}` : '';
  return `(select max(h.at) from hits h
    where h.customer_id = ${customer}.id and h.kind = '${kind}' and not h.machine${past})`;
}

const field = (name: string, kind: Kind, about: string): FactField => ({
  name: `engagement.${name}`,
  type: 'instant',
  about,
  sql: (reading) => lastSql(kind, reading),
});

const FIELDS: readonly FactField[] = [
  field('lastOpenedAt', 'open', 'When the person last opened a mail, by human hits alone.'),
  field('lastClickedAt', 'click', 'When the person last clicked in a mail, by human hits alone.'),
];

const KIND_OF: Readonly<Record<string, Kind>> = {
  'engagement.lastOpenedAt': 'open',
  'engagement.lastClickedAt': 'click',
};

interface HitRow {
  customerId: string;
  kind: Kind;
  at: Date;
}

/** What people did with their mails: the fields `engagement.*`, and the happenings `message`. */
@Injectable()
export class EngagementFacts implements FactSource, OnModuleInit {
  readonly name = 'engagement';
  readonly fields = FIELDS;
  readonly happenings = [MESSAGE];

  constructor(private readonly sources: FactSources) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async load(db: Queryable, { customerIds }: FactRequest): Promise<Map<string, FactReader>> {
    const rows = await db.query<HitRow>(
      `select h.customer_id as "customerId", h.kind, max(h.at) as at from hits h
       where h.customer_id = any($1::uuid[]) and ${HUMAN} group by 1, 2`,
      [customerIds],
    );
    return readers(rows, () => true);
  }

  async timelines(db: Queryable, { customerIds }: FactRequest, until: Date): Promise<Map<string, FactReader>> {
    const rows = await db.query<HitRow>(
      `select h.customer_id as "customerId", h.kind, h.at from hits h
       where h.customer_id = any($1::uuid[]) and ${HUMAN} and h.at <= $2 order by h.at`,
      [customerIds, until],
    );
    return readers(rows, (row, asOf) => row.at <= asOf);
  }
}

/** @param rows those of one kind in the order of time */
function readers(rows: readonly HitRow[], had: (row: HitRow, asOf: Date) => boolean): Map<string, FactReader> {
  const hits = new Map<string, HitRow[]>();
  for (const row of rows) {
    const known = hits.get(row.customerId);
    if (known) known.push(row);
    else hits.set(row.customerId, [row]);
  }
  return new Map(
    [...hits].map(([id, own]) => [
      id,
      {
        read: (name, { asOf }) => own.findLast((row) => row.kind === KIND_OF[name] && had(row, asOf))?.at ?? null,
      },
    ]),
  );
}
