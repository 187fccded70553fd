import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ADMIN, Roles } from '../../access/roles';
import { type SendingDomainView, SenderPauses } from '../sender-pauses';

/** The circuit breaker per sending domain. */
@ApiTags('messages')
@Controller('api/v1/sending-domains')
export class SendingDomainsController {
  constructor(private readonly pauses: SenderPauses) {}

  /** The domains that mail is sent from: which are paused, why, and what to do about it. */
  @Get()
  @Roles('analyst', 'admin')
  async list(): Promise<{ items: SendingDomainView[]; nextCursor: null }> {
    return { items: await this.pauses.list(), nextCursor: null };
  }

  /** Lets the mail of a paused domain go again. 409 when it is not paused. */
  @Post(':domain/resume')
  @HttpCode(200)
  @Roles(...ADMIN)
  resume(@Param('domain') domain: string): Promise<SendingDomainView> {
    return this.pauses.resume(domain);
  }
}
