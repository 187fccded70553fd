import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { etagOf } from '../../platform/http/etag';
import { type Page, PageQuery } from '../../platform/http/page';
import { type CampaignVersionView, type CampaignView, type WrittenCampaign } from '../campaign-view';
import { Campaigns, type Tagged } from '../campaigns.service';
import { DEFINITION_SCHEMA } from './definition.schema';

/** Query of `PUT /api/v1/campaigns/:ref`. */
export class ReplaceQuery {
  @IsOptional() @IsIn(['stay', 'move']) inFlight?: 'stay' | 'move';
}

/** Body of `POST /api/v1/campaigns/:ref/duplicate`. */
export class DuplicateBody {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(64) key?: string;
  @IsOptional() @IsString() @MinLength(1) @MaxLength(200) name?: string;
}

/** Campaigns and their versions. The definition is read as a whole, so that all its faults are told at once. */
@ApiTags('campaigns')
@Controller('api/v1/campaigns')
export class CampaignsController {
  constructor(private readonly campaigns: Campaigns) {}

  /** The campaigns, newest first. */
  @Get()
  @Roles(...READERS)
  list(@Query() query: PageQuery): Promise<Page<CampaignView>> {
    return this.campaigns.list(query);
  }

  /** Makes a draft. 422 tells every fault with its path; 409: the key is taken. */
  @Post()
  @Roles(...EDITORS)
  @ApiBody({ schema: DEFINITION_SCHEMA })
  async create(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply): Promise<WrittenCampaign> {
    return tag(await this.campaigns.create(body), reply);
  }

  /** A campaign by id or key, with its salt, epoch and status. */
  @Get(':ref')
  @Roles(...READERS)
  async get(@Param('ref') ref: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<CampaignView> {
    return tag(await this.campaigns.get(ref), reply);
  }

  /** Replaces the definition. On a live campaign a new version, published at once; people in it finish theirs. */
  @Put(':ref')
  @Roles(...EDITORS)
  @ApiBody({ schema: DEFINITION_SCHEMA })
  @ApiHeader({ name: 'if-match', required: false })
  async replace(
    @Param('ref') ref: string,
    @Query() query: ReplaceQuery,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WrittenCampaign> {
    if (query.inFlight === 'move') {
      throw Refusal.invalid([{ path: 'inFlight', message: 'moving people in flight is not available yet' }]);
    }
    return tag(await this.campaigns.replace(ref, body, ifMatch), reply);
  }

  /** Deletes a draft; 409 for a campaign that was ever activated. */
  @Delete(':ref')
  @Roles(...EDITORS)
  @HttpCode(204)
  @ApiHeader({ name: 'if-match', required: false })
  remove(@Param('ref') ref: string, @Headers('if-match') ifMatch: string | undefined): Promise<void> {
    return this.campaigns.remove(ref, ifMatch);
  }

  /** The versions, newest first, each with its definition. */
  @Get(':ref/versions')
  @Roles(...READERS)
  versions(@Param('ref') ref: string, @Query() query: PageQuery): Promise<Page<CampaignVersionView>> {
    return this.campaigns.versions(ref, query);
  }

  /** A new draft with the same definition and a salt of its own. */
  @Post(':ref/duplicate')
  @Roles(...EDITORS)
  async duplicate(
    @Param('ref') ref: string,
    @Body() body: DuplicateBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WrittenCampaign> {
    return tag(await this.campaigns.duplicate(ref, body ?? {}), reply);
  }
}

function tag<T>({ campaign, revision }: Tagged<T>, reply: FastifyReply): T {
  void reply.header('etag', etagOf(revision));
  return campaign;
}
