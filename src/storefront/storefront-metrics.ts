import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database';
import { Metrics } from '../platform/metrics/metrics';

/**
 * What an operator watches: deliveries that wait, dead letters, and when each source was last heard of, so that an alarm
 * can be set on a shop that has gone quiet. Read at each scrape, off partial indexes and one row a source and day.
 */
@Injectable()
export class StorefrontMetrics {
  constructor(metrics: Metrics, database: Database) {
    metrics.gauge(
      'ritorno_storefront_deliveries',
      'Deliveries that wait or have failed.',
      ['status'],
      async (gauge) => {
        for (const status of ['stored', 'failed'] as const) {
          const [row] = await database.query<{ n: number }>(
            `select count(*) as n from deliveries where status = '${status}'`,
          );
          gauge.set({ status }, row?.n ?? 0);
        }
      },
    );
    metrics.gauge(
      'ritorno_storefront_last_delivery_timestamp_seconds',
      'When each source last delivered.',
      ['source'],
      async (gauge) => {
        gauge.reset();
        const rows = await database.query<{ source: string; at: Date }>(
          `select s.key as source, max(d.last_at) as at from sources s join source_days d on d.source_id = s.id group by s.key`,
        );
        for (const { source, at } of rows) gauge.set({ source }, at.getTime() / 1000);
      },
    );
  }
}
