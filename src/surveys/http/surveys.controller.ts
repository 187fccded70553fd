import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { etagOf } from '../../platform/http/etag';
import { type Page, PageQuery } from '../../platform/http/page';
import { Surveys } from '../surveys.service';
import { type SurveyView } from '../surveys.types';
import { SurveyBody } from './survey.dto';

/** Surveys: what customers are asked, in which words, on which scale. Their answers are a route of responses. */
@ApiTags('surveys')
@Controller('api/v1/surveys')
export class SurveysController {
  constructor(private readonly surveys: Surveys) {}

  /** The surveys, newest first; archived ones have `archivedAt`. */
  @Get()
  @Roles(...READERS)
  list(@Query() query: PageQuery): Promise<Page<SurveyView>> {
    return this.surveys.list(query);
  }

  /** Makes a survey. 422 names the path of every fault; 409: the key is taken. */
  @Post()
  @Roles(...EDITORS)
  async create(@Body() body: SurveyBody, @Res({ passthrough: true }) reply: FastifyReply): Promise<SurveyView> {
    return tagged(await this.surveys.create(body), reply);
  }

  /** A survey by id or key. */
  @Get(':ref')
  @Roles(...READERS)
  async get(@Param('ref') ref: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<SurveyView> {
    return tagged(await this.surveys.get(ref), reply);
  }

  /** Makes the next version, which mails ask from now on; the key and the kind stay. An archived survey is back. */
  @Put(':ref')
  @Roles(...EDITORS)
  @ApiHeader({ name: 'if-match', required: false })
  async replace(
    @Param('ref') ref: string,
    @Body() body: SurveyBody,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SurveyView> {
    return tagged(await this.surveys.replace(ref, body, ifMatch), reply);
  }

  /** Deletes a survey, or archives it if it was ever asked; 409 while a campaign asks it. */
  @Delete(':ref')
  @Roles(...EDITORS)
  @HttpCode(204)
  @ApiHeader({ name: 'if-match', required: false })
  remove(@Param('ref') ref: string, @Headers('if-match') ifMatch: string | undefined): Promise<void> {
    return this.surveys.remove(ref, ifMatch);
  }
}

function tagged(survey: SurveyView, reply: FastifyReply): SurveyView {
  void reply.header('etag', etagOf(survey.version));
  return survey;
}
