import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../platform/config/config';
import { HealthNotes } from '../platform/health/health-notes';
import { Metrics } from '../platform/metrics/metrics';
import { ImapWork } from './jobs/imap.work';

/** How the mailbox of returned mails does. Instants are ISO 8601. */
export interface MailboxView {
  configured: boolean;
  host: string | null;
  folder: string | null;
  /** Null before the first look. */
  reachable: boolean | null;
  lastReadAt: string | null;
  /** Looks that failed in a row, since when, and what the server said last. */
  failures: number;
  failingSince: string | null;
  lastError: string | null;
  /** Mails that were dealt with, and those that were set aside. */
  processed: number;
  failed: number;
}

/** Shows how the reading of the mailbox goes: by API, in the metrics, and beside the health of the process. */
@Injectable()
export class MailboxWatch implements OnModuleInit {
  constructor(
    private readonly config: AppConfig,
    private readonly work: ImapWork,
    private readonly metrics: Metrics,
    private readonly notes: HealthNotes,
  ) {}

  onModuleInit(): void {
    if (!this.config.bounceMailbox) return;
    this.notes.add('bounceMailbox', async () => {
      const { reachable, failures, lastReadAt } = await this.view();
      return { reachable, failures, lastReadAt };
    });
    this.metrics.gauge(
      'ritorno_bounces_mailbox_failures',
      'Looks at the mailbox that failed in a row',
      [],
      async (gauge) => gauge.set((await this.view()).failures),
    );
    this.metrics.gauge(
      'ritorno_bounces_mailbox_mails',
      'Mails of the mailbox that were dealt with, or set aside',
      ['result'],
      async (gauge) => {
        const { processed, failed } = await this.view();
        gauge.set({ result: 'processed' }, processed);
        gauge.set({ result: 'failed' }, failed);
      },
    );
  }

  async view(): Promise<MailboxView> {
    const at = this.config.bounceMailbox;
    const state = at && (await this.work.state());
    return {
      configured: at !== undefined,
      host: at?.host ?? null,
      folder: at?.folder ?? null,
      reachable: state ? state.failures === 0 && (state.lastReadAt !== null || null) : null,
      lastReadAt: state?.lastReadAt?.toISOString() ?? null,
      failures: state?.failures ?? 0,
      failingSince: state?.failingSince?.toISOString() ?? null,
      lastError: state?.lastError ?? null,
      processed: state?.processed ?? 0,
      failed: state?.failed ?? 0,
    };
  }
}
