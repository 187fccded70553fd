import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { EDITORS, Roles } from '../../access/roles';
import { type CampaignView, type WrittenCampaign } from '../../campaigns/campaign-view';
import { type Tagged } from '../../campaigns/campaigns.service';
import { etagOf } from '../../platform/http/etag';
import { CampaignActions } from '../campaign-actions';

/** Body of `POST /api/v1/campaigns/:ref/activate`. */
export class ActivateBody {
  /** A segment campaign also takes those who are in the segment now. */
  @IsOptional() @IsBoolean() includeCurrent?: boolean;
}

/** The life of a campaign with people in it. */
@ApiTags('campaigns')
@Controller('api/v1/campaigns/:ref')
export class CampaignActionsController {
  constructor(private readonly actions: CampaignActions) {}

  /** Publishes a draft and lets people in. 409 unless it is a draft; 422 when what it names no longer fits. */
  @Post('activate')
  @HttpCode(200)
  @Roles(...EDITORS)
  async activate(
    @Param('ref') ref: string,
    @Body() body: ActivateBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WrittenCampaign> {
    return tag(await this.actions.activate(ref, body.includeCurrent === true), reply);
  }

  /** Freezes everybody in it where they stand; nobody new enters. */
  @Post('pause')
  @HttpCode(200)
  @Roles(...EDITORS)
  async pause(@Param('ref') ref: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<CampaignView> {
    return tag(await this.actions.pause(ref), reply);
  }

  /** Goes on: overdue steps over at most an hour, those later than `maxLateness` are skipped. */
  @Post('resume')
  @HttpCode(200)
  @Roles(...EDITORS)
  async resume(@Param('ref') ref: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<CampaignView> {
    return tag(await this.actions.resume(ref), reply);
  }

  /** Ends it for good: everybody in it leaves; its reports stay. */
  @Post('archive')
  @HttpCode(200)
  @Roles(...EDITORS)
  async archive(@Param('ref') ref: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<CampaignView> {
    return tag(await this.actions.archive(ref), reply);
  }
}

function tag<T>({ campaign, revision }: Tagged<T>, reply: FastifyReply): T {
  void reply.header('etag', etagOf(revision));
  return campaign;
}
