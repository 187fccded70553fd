import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsString, MaxLength, MinLength } from 'class-validator';
import { type Page, PageQuery } from '../../platform/http/page';
import { ApiKeysService, type ApiKeyView } from '../api-keys.service';
import { type AuditLine, AuditLog } from '../audit';
import { AuditChain, type AuditHead } from '../audit-chain';
import { ADMIN, type Role, ROLES, Roles } from '../roles';

/** Body of `POST /api/v1/api-keys`. */
export class CreateApiKey {
  @IsString() @MinLength(1) @MaxLength(200) name: string;
  @IsIn(ROLES) role: Role;
}

/** API keys and the audit log; for admins. */
@ApiTags('access')
@Controller('api/v1')
export class AccessController {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly audit: AuditLog,
    private readonly chain: AuditChain,
  ) {}

  /** Makes a key. `key` is shown here and never again. */
  @Post('api-keys')
  @Roles(...ADMIN)
  create(@Body() body: CreateApiKey): Promise<ApiKeyView & { key: string }> {
    return this.keys.create(body.name, body.role);
  }

  /** The keys, newest first, without their secrets. */
  @Get('api-keys')
  @Roles(...ADMIN)
  list(@Query() query: PageQuery): Promise<Page<ApiKeyView>> {
    return this.keys.list(query);
  }

  /** Deletes a key; it stops working at once. */
  @Delete('api-keys/:id')
  @Roles(...ADMIN)
  @HttpCode(204)
  remove(@Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return this.keys.remove(id);
  }

  /** Every write by the API: who, what, before and after; newest first. */
  @Get('audit-log')
  @Roles(...ADMIN)
  log(@Query() query: PageQuery): Promise<Page<AuditLine>> {
    return this.audit.list(query);
  }

  /**
   * Where the chain of hashes ends, and how many lines wait to be chained. Kept elsewhere, it lets
   * `ritorno verify-audit-log --head` find a log whose tail was cut off or that was written anew.
   */
  @Get('audit-log/head')
  @Roles(...ADMIN)
  head(): Promise<AuditHead & { waiting: number }> {
    return this.chain.head();
  }
}
