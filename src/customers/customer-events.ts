import { Injectable } from '@nestjs/common';
import { newId } from '../kernel/ids';
import { instantArray, jsonArray, plainArray, textArray } from '../platform/database/array-literal';
import { type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { eventFacts } from './data/event-happening';
import { EventListeners } from './event-listeners';
import { FactChanges } from './fact-changes';

/** Something that happened to a customer: a shop's own event, or one that we derive. */
export interface NewCustomerEvent {
  customerId: string;
  /** As received (`checkout.started`, a custom type), or derived: `consent.subscribed`, `order.counted`, `segment.entered`. */
  type: string;
  occurredAt: Date;
  properties?: Record<string, unknown>;
  /** What it is about: the id of an order for `order.counted`. */
  reference?: string | null;
  /**
   * Makes it idempotent: the same (eventId, type) is recorded once. Must be unique over all sources (`<source>:<id>`).
   */
  eventId?: string | null;
  /** May start or move enrollments. False for silent imports and for events older than 72 hours. */
  starts: boolean;
}

/** The log of what happened to customers. Enrollments read it and know no producer. */
@Injectable()
export class CustomerEvents {
  constructor(
    private readonly listeners: EventListeners,
    private readonly changes: FactChanges,
  ) {}

  /**
   * Writes events in one statement, in their order, and wakes the engine when one of them may start something. What no
   * campaign that runs could act on is recorded as handled: activating one takes in nobody from before. Events of erased
   * people are dropped: their properties would bring personal data back. That a customer came into being as a prospect
   * is written only where somebody hears it.
   *
   * @param recordedAt the clock's now
   */
  async record(tx: Tx, all: readonly NewCustomerEvent[], recordedAt: Date): Promise<void> {
    if (all.length === 0) return;
    const heard = await this.listeners.heard(tx);
    const events = all.filter((event) => !isBirth(event) || heard(event));
    if (events.length === 0) return;
    const waiting = events.map((event) => waits(event) && heard(event));
    tx.post({
      text: `insert into customer_events (id, customer_id, type, occurred_at, recorded_at, properties, reference, event_id,
         starts, handled_at)
       select r.id, r.customer_id, r.type, r.occurred_at, $9, r.properties::jsonb, r.reference, r.event_id, r.starts,
         case when not r.waiting then $9::timestamptz end
       from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::uuid[], $7::text[], $8::boolean[],
           $10::boolean[])
         as r (id, customer_id, type, occurred_at, properties, reference, event_id, starts, waiting)
       join customers c on c.id = r.customer_id and c.id = any($2::uuid[]) and c.erased_at is null
       on conflict (event_id, type) where event_id is not null do nothing`,
      values: [
        plainArray(events.map(() => newId(recordedAt))),
        plainArray(events.map((event) => event.customerId)),
        textArray(events.map((event) => event.type)),
        instantArray(events.map((event) => event.occurredAt)),
        jsonArray(events.map((event) => event.properties ?? {})),
        plainArray(events.map((event) => event.reference ?? null)),
        textArray(events.map((event) => event.eventId ?? null)),
        plainArray(events.map((event) => event.starts)),
        recordedAt,
        plainArray(waiting),
      ],
    });
    await this.changes.announce(tx, recordedAt, (watches) =>
      events.flatMap(({ customerId, type, starts }) =>
        eventFacts(type)
          .filter(watches)
          .map((facts) => ({ customerId, facts, cause: 'event' as const, starts })),
      ),
    );
    if (waiting.includes(true)) await notifyDue(tx);
  }

  /** Marks events as looked at by the engine. @param at the clock's now */
  async markHandled(tx: Tx, ids: readonly string[], at: Date): Promise<void> {
    if (ids.length === 0) return;
    await tx.execute('update customer_events set handled_at = $2 where id = any($1::uuid[]) and handled_at is null', [
      ids,
      at,
    ]);
  }
}

/** Every new customer brings it, and the customer says as much: a tenth of the work of bulk intake. */
function isBirth({ type, properties }: NewCustomerEvent): boolean {
  return type === 'segment.entered' && properties?.cause === 'created';
}

/** Whether the engine has to look at it: it may start something, or it is an order that may reach a goal. */
function waits(event: NewCustomerEvent): boolean {
  return event.starts || event.type === 'order.counted';
}

/** The same in SQL over a row of `customer_events`; the index customer_events_waiting has this predicate. */
export const WAITING_EVENT_SQL = `handled_at is null and (starts or type = 'order.counted')`;
