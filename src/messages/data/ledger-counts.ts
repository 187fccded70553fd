import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database';
import { ProgressCounters } from '../../platform/jobs/progress-counters';
import { Metrics } from '../../platform/metrics/metrics';
import { type MessageStatus } from '../domain/message-states';

/** Counts of the ledger: for the answer of the test clock, and for operators. */
@Injectable()
export class LedgerCounts implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly counters: ProgressCounters,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.counters.register(async () => {
      const counts = await this.byStatus();
      const count = (...statuses: MessageStatus[]): number =>
        statuses.reduce((sum, one) => sum + (counts.get(one) ?? 0), 0);
      return {
        'messages.sent': count('sent', 'bounced'),
        'messages.skipped': count('skipped'),
        'messages.heldOut': count('held_out'),
        'messages.failed': count('failed'),
      };
    });
    this.metrics.gauge(
      'ritorno_messages_waiting',
      'Messages that are not at their end: queued, deferred, on the wire, or uncertain and waiting for a decision',
      ['status'],
      async (gauge) => {
        gauge.reset();
        for (const [status, count] of await this.waiting()) gauge.set({ status }, count);
      },
    );
  }

  private async byStatus(): Promise<Map<MessageStatus, number>> {
    const rows = await this.database.query<{ status: MessageStatus; count: number }>(
      "select status, count(*) as count from messages where origin <> 'seed' group by status",
    );
    return new Map(rows.map((row) => [row.status, row.count]));
  }

  /** From the partial indexes alone, however large the ledger. */
  private async waiting(): Promise<Array<[string, number]>> {
    const [row] = await this.database.query<Record<string, number>>(
      `select
         (select count(*) from messages where status in ('queued', 'deferred') and next_try_at is not null
            and lane is null) as due,
         (select count(*) from messages where status in ('queued', 'deferred') and next_try_at is not null
            and lane is not null) as held,
         (select count(*) from messages where status in ('queued', 'deferred') and next_try_at is null) as parked,
         (select count(*) from messages where status in ('claimed', 'sending')) as sending,
         (select count(*) from messages where status = 'uncertain') as uncertain`,
    );
    return Object.entries(row ?? {});
  }
}
