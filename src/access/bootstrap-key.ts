import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../platform/config/config';
import { AppLogger } from '../platform/logging/logger';
import { ApiKeysService } from './api-keys.service';

/** Makes the first admin key known: that of `ADMIN_API_KEY`, else outside production one that is printed once. */
@Injectable()
export class BootstrapKey implements OnApplicationBootstrap {
  constructor(
    private readonly config: AppConfig,
    private readonly keys: ApiKeysService,
    private readonly logger: AppLogger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.config.adminApiKey) return this.keys.ensure('bootstrap', 'admin', this.config.adminApiKey);
    if (await this.keys.hasAdmin()) return;
    if (this.config.environment === 'production') {
      this.logger.warn('there is no admin key: set ADMIN_API_KEY and start again');
      return;
    }
    const key = `rit_${randomBytes(32).toString('base64url')}`;
    await this.keys.ensure('bootstrap', 'admin', key);
    process.stderr.write(`\nAdmin API key, shown this once (set ADMIN_API_KEY to choose your own):\n  ${key}\n\n`);
  }
}
