import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { type FastifyRequest } from 'fastify';
import { Public, Roles, Unlimited } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { type Receipt } from '../delivery-inbox';
import { type BulkReceipt, EventsDoor } from '../events-door';
import { WebhookDoor } from '../webhook-door';

/** Where storefronts tell what happened. */
@ApiTags('storefront')
@Controller()
export class EventsController {
  constructor(
    private readonly webhooks: WebhookDoor,
    private readonly events: EventsDoor,
  ) {}

  /** One signed delivery of a source; the signature over the raw body is the credential. Durable when answered. */
  @Post('webhooks/:sourceKey')
  @Public()
  @Unlimited()
  @HttpCode(202)
  deliver(@Req() request: FastifyRequest<{ Params: { sourceKey: string } }>): Promise<Receipt> {
    const headers = request.headers as Record<string, string | undefined>;
    return this.webhooks.accept(request.params.sourceKey, headers, rawBody(request.body), request.ip);
  }

  /** 1 to 1000 events, each with an `id` of its own. Those at fault are named by their index; the others are stored. */
  @Post('api/v1/events')
  @Roles('storefront', 'admin')
  @HttpCode(202)
  @ApiBody({ schema: { type: 'array', items: { type: 'object' }, minItems: 1, maxItems: 1000 } })
  bulk(@Body() body: unknown): Promise<BulkReceipt> {
    return this.events.accept(body);
  }
}

/** The bytes as they came. Only forms are parsed before they reach us, and the one form that is meant is a ping. */
function rawBody(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body === undefined || body === null) return Buffer.alloc(0);
  const ping = (body as { webhook_id?: unknown }).webhook_id;
  if (typeof ping === 'string') return Buffer.from(`webhook_id=${ping}`);
  throw new Refusal('unsupported_media', 'A delivery is JSON.');
}
