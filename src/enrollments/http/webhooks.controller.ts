import { Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsUUID } from 'class-validator';
import { ADMIN, EDITORS, READERS, Roles } from '../../access/roles';
import { type Page, PageQuery } from '../../platform/http/page';
import { type SigningState } from '../../platform/outbox/webhook-signing';
import { type StepWebhookView, WEBHOOK_STATUSES, WebhookLog, type WebhookStatus } from '../webhook-log';

/** Query of `GET /api/v1/campaigns/:ref/webhooks`. */
export class StepWebhooksQuery extends PageQuery {
  @IsOptional() @IsIn(WEBHOOK_STATUSES) status?: WebhookStatus;
  @IsOptional() @IsUUID() customerId?: string;
}

/** What webhook steps have told others. */
@ApiTags('webhook steps')
@Controller('api/v1/campaigns/:ref/webhooks')
export class StepWebhooksController {
  constructor(private readonly log: WebhookLog) {}

  /** The calls of a campaign's webhook steps, newest first, each with its last answer; by status or customer. */
  @Get()
  @Roles(...READERS)
  list(@Param('ref') ref: string, @Query() query: StepWebhooksQuery): Promise<Page<StepWebhookView>> {
    return this.log.list(ref, query);
  }

  /** Tries a failed call once more. 409 for one that has not failed. */
  @Post(':id/retry')
  @HttpCode(200)
  @Roles(...EDITORS)
  retry(@Param('ref') ref: string, @Param('id', ParseUUIDPipe) id: string): Promise<StepWebhookView> {
    return this.log.retry(ref, id);
  }
}

/** The secret with which our webhooks are signed (Standard Webhooks). */
@ApiTags('webhook steps')
@Controller('api/v1/settings/webhook-signing')
export class WebhookSigningController {
  constructor(private readonly log: WebhookLog) {}

  /** Since when the present secret is in use, and until when the one before is valid. The secret is not told again. */
  @Get()
  @Roles(...READERS)
  state(): Promise<SigningState> {
    return this.log.signingState();
  }

  /** Makes a new secret and tells it, this once. For a day webhooks carry a signature by the one before as well. */
  @Post('rotate')
  @HttpCode(200)
  @Roles(...ADMIN)
  rotate(): Promise<SigningState & { secret: string }> {
    return this.log.rotateSecret();
  }
}
