import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { pruneDeliveries, pruneEvents } from '../data/outbox.sql';

const DAY_MS = 86_400_000;
/** How long what was told is kept, to be looked at and replayed. */
const KEPT_DAYS = 30;

/** Forgets what was told a month ago, once a day, a batch at a time. */
@Injectable()
export class PruneWork implements DueWork, OnModuleInit {
  readonly name = 'webhooks.prune';
  readonly order = DUE_ORDER.webhooks;

  constructor(
    private readonly database: Database,
    private readonly registry: DueWorkRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** The midnight (UTC) after the oldest event has had its days. */
  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date | null }>(
      `select least((select min(created_at) from webhook_events), (select min(created_at) from webhook_deliveries)) as at`,
    );
    if (!row?.at) return null;
    return new Date((Math.floor(row.at.getTime() / DAY_MS) + 1 + KEPT_DAYS) * DAY_MS);
  }

  async runDue(now: Date, limit: number): Promise<number> {
    const before = new Date((Math.floor(now.getTime() / DAY_MS) - KEPT_DAYS) * DAY_MS);
    const deliveries = await this.database.execute(pruneDeliveries(before, limit));
    return deliveries + (await this.database.execute(pruneEvents(before, limit)));
  }
}
