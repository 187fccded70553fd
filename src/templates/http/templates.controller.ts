import { Body, Controller, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { etagOf } from '../../platform/http/etag';
import { type Page, PageQuery } from '../../platform/http/page';
import { TemplatePreviews } from '../template-previews';
import { Templates } from '../templates.service';
import {
  type TemplatePreview,
  type TemplateSummary,
  type TemplateVersionView,
  type TemplateView,
} from '../templates.types';
import { TemplateBody, TemplatePreviewBody } from './template.dto';

/** E-mail templates: MJML for the layout, Handlebars for what is merged in. */
@ApiTags('templates')
@Controller('api/v1/templates')
export class TemplatesController {
  constructor(
    private readonly templates: Templates,
    private readonly previews: TemplatePreviews,
  ) {}

  /** The templates, newest first, without their sources. */
  @Get()
  @Roles(...READERS)
  list(@Query() query: PageQuery): Promise<Page<TemplateSummary>> {
    return this.templates.list(query);
  }

  /** Compiles and saves a template. 422 tells every fault with path, line and column; 409: the key is taken. */
  @Post()
  @Roles(...EDITORS)
  async create(@Body() body: TemplateBody, @Res({ passthrough: true }) reply: FastifyReply): Promise<TemplateView> {
    return tag(await this.templates.create(body), reply);
  }

  /** A template by id or key, with the source of its latest version. */
  @Get(':ref')
  @Roles(...READERS)
  async get(@Param('ref') ref: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<TemplateView> {
    return tag(await this.templates.get(ref), reply);
  }

  /** Saves a new, immutable version, which is sent from now on. */
  @Put(':ref')
  @Roles(...EDITORS)
  @ApiHeader({ name: 'if-match', required: false })
  async replace(
    @Param('ref') ref: string,
    @Body() body: TemplateBody,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TemplateView> {
    return tag(await this.templates.replace(ref, body, ifMatch), reply);
  }

  /** The versions with their sources, newest first. */
  @Get(':ref/versions')
  @Roles(...READERS)
  versions(@Param('ref') ref: string, @Query() query: PageQuery): Promise<Page<TemplateVersionView>> {
    return this.templates.versions(ref, query);
  }

  /** One version with its source. */
  @Get(':ref/versions/:version')
  @Roles(...READERS)
  version(@Param('ref') ref: string, @Param('version') version: string): Promise<TemplateVersionView> {
    if (!/^[1-9]\d{0,8}$/.test(version)) throw Refusal.notFound(`Version ${version} of the template ${ref}`);
    return this.templates.version(ref, Number(version));
  }

  /** The mail as a customer would get it, with warnings; nothing is sent or stored. */
  @Post(':ref/preview')
  @HttpCode(200)
  @Roles(...EDITORS)
  preview(@Param('ref') ref: string, @Body() body: TemplatePreviewBody): Promise<TemplatePreview> {
    return this.previews.preview(ref, body);
  }
}

function tag(template: TemplateView, reply: FastifyReply): TemplateView {
  void reply.header('etag', etagOf(template.version));
  return template;
}
