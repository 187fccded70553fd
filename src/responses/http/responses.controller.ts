import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { READERS, Roles } from '../../access/roles';
import { type Page } from '../../platform/http/page';
import { ResponseList } from '../response-list';
import { type ResponseView } from '../responses.types';
import { ResponsesQuery } from './responses.dto';

/** The answers to surveys. */
@ApiTags('surveys')
@Controller('api/v1/surveys')
export class ResponsesController {
  constructor(private readonly responses: ResponseList) {}

  /** Answers, newest first, with who gave them; `search` looks into comments and follow-up answers. */
  @Get(':ref/responses')
  @Roles(...READERS)
  list(@Param('ref') ref: string, @Query() query: ResponsesQuery): Promise<Page<ResponseView>> {
    return this.responses.list(ref, query);
  }
}
