import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { etagOf } from '../../platform/http/etag';
import { type Page, PageQuery } from '../../platform/http/page';
import { Segments } from '../segments.service';
import { type SegmentView } from '../segments.types';
import { SegmentBody } from './segments.dto';

/** Segments: named conditions. Their members and the preview are routes of profiles, where customers have their shape. */
@ApiTags('segments')
@Controller('api/v1/segments')
export class SegmentsController {
  constructor(private readonly segments: Segments) {}

  /** The segments, newest first, the built-in ones last. */
  @Get()
  @Roles(...READERS)
  list(@Query() query: PageQuery): Promise<Page<SegmentView>> {
    return this.segments.list(query);
  }

  /** Makes a segment. 422 names the path of every fault in the condition; 409: the key is taken. */
  @Post()
  @Roles(...EDITORS)
  async create(@Body() body: SegmentBody, @Res({ passthrough: true }) reply: FastifyReply): Promise<SegmentView> {
    return tagged(await this.segments.create(body), reply);
  }

  /** A segment by id or key. */
  @Get(':ref')
  @Roles(...READERS)
  async get(@Param('ref') ref: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<SegmentView> {
    return tagged(await this.segments.get(ref), reply);
  }

  /** Replaces a segment; 409 for a built-in one, and for a new key while it is in use. */
  @Put(':ref')
  @Roles(...EDITORS)
  @ApiHeader({ name: 'if-match', required: false })
  async replace(
    @Param('ref') ref: string,
    @Body() body: SegmentBody,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SegmentView> {
    return tagged(await this.segments.replace(ref, body, ifMatch), reply);
  }

  /** Deletes a segment; 409 for a built-in one and while a campaign or another segment uses it. */
  @Delete(':ref')
  @Roles(...EDITORS)
  @HttpCode(204)
  @ApiHeader({ name: 'if-match', required: false })
  remove(@Param('ref') ref: string, @Headers('if-match') ifMatch: string | undefined): Promise<void> {
    return this.segments.remove(ref, ifMatch);
  }
}

function tagged(segment: SegmentView, reply: FastifyReply): SegmentView {
  void reply.header('etag', etagOf(segment.version));
  return segment;
}
