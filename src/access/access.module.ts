import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeysService } from './api-keys.service';
import { AuditLog } from './audit';
import { BootstrapKey } from './bootstrap-key';
import { AccessController } from './http/access.controller';
import { AccessGuard } from './http/access.guard';

/** API keys, roles and the audit log. Global: every module records what it changes. */
@Global()
@Module({
  controllers: [AccessController],
  providers: [ApiKeysService, AuditLog, BootstrapKey, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [ApiKeysService, AuditLog],
})
export class AccessModule {}
