import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';

/** What is asked about: an event that could start or move an enrollment. */
export interface HeardEvent {
  type: string;
  properties?: Record<string, unknown>;
}

/** Whether anything that runs right now could act on such an event. */
export type Hears = (event: HeardEvent) => boolean;

/**
 * Who acts on what happens to customers. Downstream modules register; the log asks when it records, so that events
 * which nobody can act on are recorded as handled and cost the engine nothing (half of the database's work in bulk
 * intake without it). With nobody registered every event waits.
 */
@Injectable()
export class EventListeners {
  private readonly listeners: Array<(db: Queryable) => Promise<Hears>> = [];

  register(listener: (db: Queryable) => Promise<Hears>): void {
    this.listeners.push(listener);
  }

  /** As things stand in the transaction of the caller. */
  async heard(db: Queryable): Promise<Hears> {
    if (this.listeners.length === 0) return () => true;
    const all = await Promise.all(this.listeners.map((listener) => listener(db)));
    return (event) => all.some((hears) => hears(event));
  }
}
