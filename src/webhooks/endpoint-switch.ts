import { Injectable } from '@nestjs/common';
import { type Counter } from 'prom-client';
import { AuditLog } from '../access/audit';
import { type Tx } from '../platform/database/database';
import { AppLogger } from '../platform/logging/logger';
import { Metrics } from '../platform/metrics/metrics';

/** Switches endpoints off, by hand or by themselves, and never without notice. */
@Injectable()
export class EndpointSwitch {
  private readonly disabled: Counter;

  constructor(
    private readonly audit: AuditLog,
    private readonly logger: AppLogger,
    metrics: Metrics,
  ) {
    this.disabled = metrics.counter(
      'ritorno_webhooks_disabled_total',
      'Webhook endpoints that were switched off because nothing got through to them',
    );
  }

  /** By hand. What waits for the endpoint is kept as missed, to be replayed. Must run under a lock of the endpoint. */
  async byHand(tx: Tx, id: string, now: Date): Promise<void> {
    await this.off(tx, id, 'switched off by hand', now);
  }

  /** By itself; leaves a line in the audit log, a warning in the log and a count. Does nothing to one that is off. */
  async giveUp(tx: Tx, id: string, reason: string, now: Date): Promise<void> {
    if (!(await this.off(tx, id, reason, now))) return;
    await this.audit.record(tx, {
      action: 'webhook_endpoint.disable',
      resource: `webhook_endpoint:${id}`,
      before: { enabled: true },
      after: { enabled: false, disabledReason: reason },
    });
    tx.afterCommit(() => {
      this.disabled.inc();
      this.logger.warn('a webhook endpoint was switched off', { endpoint: id, reason });
    });
  }

  private async off(tx: Tx, id: string, reason: string, now: Date): Promise<boolean> {
    const changed = await tx.execute(
      `update webhook_endpoints set enabled = false, disabled_at = $2, disabled_reason = $3, updated_at = $2
       where id = $1 and enabled`,
      [id, now, reason],
    );
    if (changed === 0) return false;
    await tx.execute(
      `update webhook_deliveries set status = 'missed', next_try_at = null, claim_token = null, lease_until = null,
         finished_at = $2
       where endpoint_id = $1 and status = 'queued'`,
      [id, now],
    );
    return true;
  }
}
