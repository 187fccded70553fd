import { Injectable, type OnModuleInit } from '@nestjs/common';
import { newId } from '../../kernel/ids';
import { Database, type Tx } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { ANY_CAPTURED, HOLD_ENDPOINTS, insertDeliveries, insertEvents, takeCaptured } from '../data/outbox.sql';
import { type CapturedFact, envelopeOf } from '../domain/envelope';
import { wants } from '../domain/event-types';

interface Endpoint {
  id: string;
  events: string[];
  enabled: boolean;
}

/** Makes events of captured facts: one body each, and one delivery for every endpoint that wants it. */
@Injectable()
export class FanOutWork implements DueWork, OnModuleInit {
  readonly name = 'webhooks.fan-out';
  readonly order = DUE_ORDER.webhooks;

  constructor(
    private readonly database: Database,
    private readonly registry: DueWorkRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** What is captured is due at once, whatever its own time says. */
  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ waiting: boolean }>(ANY_CAPTURED);
    return row?.waiting ? new Date(0) : null;
  }

  runDue(now: Date, limit: number): Promise<number> {
    return this.database.transaction((tx) => this.fanOut(tx, now, limit));
  }

  private async fanOut(tx: Tx, now: Date, limit: number): Promise<number> {
    const endpoints = await tx.query<Endpoint>(HOLD_ENDPOINTS);
    const facts = await tx.query<CapturedFact>(takeCaptured(limit));
    // Nobody may want it any more since it was captured.
    const wanted = facts.filter(({ type }) => endpoints.some(({ events }) => wants(events, type)));
    if (wanted.length === 0) return facts.length;
    const events = wanted.map((fact) => {
      const { id, type, customerId } = fact;
      return { id, type, customerId, body: JSON.stringify(envelopeOf(fact, now)) };
    });
    const deliveries = wanted.flatMap(({ id: eventId, type }) =>
      endpoints
        .filter(({ events: subscriptions }) => wants(subscriptions, type))
        .map(({ id: endpointId, enabled }) => {
          const status = enabled ? ('queued' as const) : ('missed' as const);
          return { id: newId(now), endpointId, eventId, type, status };
        }),
    );
    await tx.execute(insertEvents(events, now));
    await tx.execute(insertDeliveries(deliveries, now));
    return facts.length;
  }
}
