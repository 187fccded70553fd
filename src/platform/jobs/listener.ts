import pg from 'pg';
import { AppLogger } from '../logging/logger';
import { DUE_CHANNEL } from './notify';

const RECONNECT_MS = 1_000;

/**
 * Listens on a connection of its own for what other processes tell, and reconnects when it is lost. While it is away
 * the slow poll stands in.
 */
export class DueListener {
  private client: pg.Client | undefined;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly url: string,
    private readonly heard: (what?: string) => void,
    private readonly logger: AppLogger,
  ) {}

  async start(): Promise<void> {
    if (this.stopped) return;
    const client = new pg.Client({ connectionString: this.url, application_name: 'ritorno listener', keepAlive: true });
    this.client = client;
    client.on('notification', ({ payload }) => this.heard(payload));
    client.on('error', (error) => this.lost(client, error));
    client.on('end', () => this.lost(client));
    try {
      await client.connect();
      await client.query(`listen ${DUE_CHANNEL}`);
      this.heard();
    } catch (error) {
      this.lost(client, error);
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.client?.end().catch(() => undefined);
  }

  private lost(client: pg.Client, error?: unknown): void {
    if (this.stopped || this.client !== client) return;
    this.client = undefined;
    this.logger.warn('the notification listener lost its connection; it reconnects', {
      reason: error instanceof Error ? error.message : 'closed',
    });
    client.removeAllListeners();
    client.on('error', () => undefined);
    void client.end().catch(() => undefined);
    this.timer = setTimeout(() => void this.start(), RECONNECT_MS);
  }
}
