import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeysService } from './api-keys.service';
import { AuditLog } from './audit';
import { AuditChain } from './audit-chain';
import { BootstrapKey } from './bootstrap-key';
import { AccessController } from './http/access.controller';
import { AccessGuard } from './http/access.guard';

/** API keys, roles and the audit log. Global: every module records what it changes. */
@Global()
@Module({
  controllers: [AccessController],
  providers: [ApiKeysService, AuditLog, AuditChain, BootstrapKey, { provide: APP_GUARD, useClass: AccessGuard }],
  exports: [ApiKeysService, AuditLog],
})
export class AccessModule {}
