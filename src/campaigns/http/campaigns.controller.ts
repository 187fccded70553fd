import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { etagOf } from '../../platform/http/etag';
import { type Page, PageQuery } from '../../platform/http/page';
import { CampaignDiff, type VersionsDiff } from '../campaign-diff';
import { type CampaignVersionView, type CampaignView, type WrittenCampaign } from '../campaign-view';
import { Campaigns, type Tagged } from '../campaigns.service';
import { LiveChanges, type MovedCampaign } from '../live-changes';
import { DEFINITION_SCHEMA, REPLACEMENT_SCHEMA } from './definition.schema';

/** Query of `PUT /api/v1/campaigns/:ref`. */
export class ReplaceQuery {
  @IsOptional() @IsIn(['stay', 'move']) inFlight?: 'stay' | 'move';
}

/** Query of `GET /api/v1/campaigns/:ref/versions/diff`. */
export class DiffQuery {
  @Type(() => Number) @IsInt() @Min(1) @Max(1e9) from!: number;
  @Type(() => Number) @IsInt() @Min(1) @Max(1e9) to!: number;
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
  constructor(
    private readonly campaigns: Campaigns,
    private readonly liveChanges: LiveChanges,
    private readonly differences: CampaignDiff,
  ) {}

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

  /**
   * Replaces the definition. On a live campaign a new version, published at once. Whoever is in it finishes theirs
   * (`inFlight=stay`), or goes on in the new one (`inFlight=move`): by `mapping` beside the definition's fields, from step
   * names to step names or `exit`, else at the step of the same name; the answer counts them by step. 422 names steps with
   * people that the new version does not have and the mapping does not say.
   */
  @Put(':ref')
  @Roles(...EDITORS)
  @ApiBody({ schema: REPLACEMENT_SCHEMA })
  @ApiHeader({ name: 'if-match', required: false })
  async replace(
    @Param('ref') ref: string,
    @Query() query: ReplaceQuery,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WrittenCampaign | MovedCampaign> {
    if (query.inFlight === 'move') return tag(await this.liveChanges.replaceMoving(ref, body, ifMatch), reply);
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

  /**
   * What one version says otherwise than another: fields by path, and steps that were added, removed, moved or changed. A
   * mail or split is the same step by its key, others by what they say or where they stand.
   */
  @Get(':ref/versions/diff')
  @Roles(...READERS)
  diff(@Param('ref') ref: string, @Query() query: DiffQuery): Promise<VersionsDiff> {
    return this.differences.between(ref, query.from, query.to);
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
