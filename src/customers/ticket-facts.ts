import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { openTickets, openTicketsAt, type TicketEvent } from './domain/open-tickets';
import { type FactSource, FactSources } from './fact-source';
import { type FactField, type FactReader, type FactRequest, type SqlReading } from './facts';

const TYPES = `e.type in ('ticket.opened', 'ticket.closed')`;

/** A ticket is what its id says; all that the shop tells without an id are one. */
const TICKET = `coalesce(e.properties ->> 'externalId', '')`;

const lastOf = (type: string): string => `max(e.occurred_at) filter (where e.type = 'ticket.${type}')`;

/** Opened later than it was ever closed; what was told of one instant is closed. */
const IS_OPEN = `${lastOf('opened')} > coalesce(${lastOf('closed')}, '-infinity')`;

function openSql({ customer, history, asOf, param, join }: SqlReading): string {
  if (join) {
    const relation = `(select t.customer_id, count(*)::int as tickets from (
        select e.customer_id from customer_events e where ${TYPES} group by e.customer_id, ${TICKET} having ${IS_OPEN}) t
      group by t.customer_id)`;
    return `${join(relation)}.tickets`;
  }
  const past = history ? ` and e.occurred_at <= ${param(asOf, 'timestamptz')}` : '';
  return `(select count(*)::int from (select 1 from customer_events e
    where e.customer_id = ${customer}.id and ${TYPES}${past} group by ${TICKET} having ${IS_OPEN}) t)`;
}

const FIELDS: readonly FactField[] = [
  {
    name: 'tickets.open',
    type: 'number',
    about:
      'Tickets of the help desk that are open: `ticket.opened` without a later `ticket.closed` of the same ' +
      '`externalId`; 0 without any. Those without an id are one ticket.',
    whenNone: 0,
    integral: true,
    toldAs: ['event:ticket.opened', 'event:ticket.closed'],
    sql: openSql,
  },
];

interface TicketRow extends TicketEvent {
  customerId: string;
}

/** Whether somebody waits for an answer of the shop: the field `tickets.open`, from the log of events. */
@Injectable()
export class TicketFacts implements FactSource, OnModuleInit {
  readonly name = 'tickets';
  readonly fields = FIELDS;

  constructor(private readonly sources: FactSources) {}

  onModuleInit(): void {
    this.sources.register(this);
  }

  async load(db: Queryable, { customerIds }: FactRequest): Promise<Map<string, FactReader>> {
    return readers(await this.rows(db, customerIds, null), (events) => () => openTickets(events));
  }

  async timelines(db: Queryable, { customerIds }: FactRequest, until: Date): Promise<Map<string, FactReader>> {
    return readers(await this.rows(db, customerIds, until), (events) => (asOf) => openTicketsAt(events, asOf));
  }

  private rows(db: Queryable, customerIds: readonly string[], until: Date | null): Promise<TicketRow[]> {
    return db.query<TicketRow>(
      `select e.customer_id as "customerId", ${TICKET} as ticket, e.type = 'ticket.opened' as opened, e.occurred_at as at
       from customer_events e
       where e.customer_id = any($1::uuid[]) and ${TYPES} and ($2::timestamptz is null or e.occurred_at <= $2)`,
      [customerIds, until],
    );
  }
}

function readers(
  rows: readonly TicketRow[],
  counter: (events: readonly TicketEvent[]) => (asOf: Date) => number,
): Map<string, FactReader> {
  const byCustomer = new Map<string, TicketEvent[]>();
  for (const row of rows) {
    const own = byCustomer.get(row.customerId);
    if (own) own.push(row);
    else byCustomer.set(row.customerId, [row]);
  }
  return new Map(
    [...byCustomer].map(([id, events]) => {
      const count = counter(events);
      return [id, { read: (_field, { asOf }) => count(asOf) }];
    }),
  );
}
