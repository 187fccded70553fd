import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { AppConfig } from '../config/config';
import { DatabaseUrl } from '../database/database-url';
import { AppLogger } from '../logging/logger';
import { DueListener } from './listener';
import { LiveLoop } from './live-loop';

/** Wakes the loops once in a while whatever happens to their own timers. */
const SAFETY_NET_MS = 30_000;

/** Starts the live loop in processes that work (`ROLE` all or worker), with its listener, and drains it at the end. */
@Injectable()
export class LiveLoopRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private listener: DueListener | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly url: DatabaseUrl,
    private readonly loop: LiveLoop,
    private readonly logger: AppLogger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.role === 'api') return;
    this.listener = new DueListener(this.url.value, (name) => this.loop.wake(name), this.logger);
    await this.listener.start();
    this.loop.start();
  }

  @Interval(SAFETY_NET_MS)
  wake(): void {
    this.loop.wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.listener?.stop();
    await this.loop.stop();
  }
}
