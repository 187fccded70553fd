import { Controller, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { type FastifyRequest } from 'fastify';
import { Public, Unlimited } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { RateLimits } from '../../platform/http/rate-limits';
import { ProviderDoor, type ProviderReceipt } from '../provider-door';

/** Where mail providers say what became of mails. */
@ApiTags('bounces')
@Controller('webhooks/mail')
export class MailWebhooksController {
  constructor(
    private readonly door: ProviderDoor,
    private readonly limits: RateLimits,
  ) {}

  /** No key: the provider's signature over the raw body is the credential. Events that we have no use for are ignored. */
  @Post(':provider')
  @HttpCode(202)
  @Public()
  @Unlimited()
  @ApiOperation({ summary: 'Bounces and complaints from ses, sendgrid, postmark, mailgun or resend' })
  async take(@Param('provider') provider: string, @Req() request: FastifyRequest): Promise<ProviderReceipt> {
    if (!Buffer.isBuffer(request.body)) throw Refusal.invalid([{ path: '', message: 'is not JSON' }]);
    try {
      return await this.door.take(provider, request.headers, request.body);
    } catch (error) {
      const unproven = error instanceof Refusal && (error.kind === 'unauthenticated' || error.kind === 'not_found');
      if (unproven) this.limits.failed('bad_signatures', request.ip);
      throw error;
    }
  }
}
