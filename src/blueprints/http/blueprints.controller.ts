import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import { EDITORS, READERS, Roles } from '../../access/roles';
import { type JsonLimit } from '../../platform/http/body-parsers';
import { type Blueprint, type BlueprintPlan } from '../blueprint.types';
import { Blueprints } from '../blueprints.service';

/** A shop may have a hundred mails in five languages. */
const LARGE: JsonLimit = { jsonLimit: 16 * 1024 * 1024 };

const LIST = (of: string) => ({
  type: 'array' as const,
  items: { type: 'object' as const, additionalProperties: true },
  description: `Each as the body of POST /api/v1/${of}.`,
});

const CONTENT = {
  surveys: LIST('surveys'),
  segments: LIST('segments'),
  templates: LIST('templates'),
  campaigns: {
    ...LIST('campaigns'),
    description: 'Each as the body of POST /api/v1/campaigns; with status (active, paused, archived) what it is to be.',
  },
  prune: {
    type: 'boolean' as const,
    default: false,
    description:
      'Take away what is in none of the lists: drafts, unused segments and surveys are deleted, campaigns archived.',
  },
};

const BASIS = {
  type: 'object' as const,
  additionalProperties: { type: 'integer' as const, nullable: true },
  description: 'The basis of a plan: when one of these revisions has moved on, nothing is applied (412).',
};

/** Segments, templates and campaigns as one content, for those who keep them as files. Bodies up to 16 MiB. */
@ApiTags('blueprints')
@Controller('api/v1/blueprints')
export class BlueprintsController {
  constructor(private readonly blueprints: Blueprints) {}

  /** What applying would change and whom it concerns; nothing is changed. 422 tells every fault at its place. */
  @Post('plan')
  @HttpCode(200)
  @RouteConfig(LARGE)
  @Roles(...EDITORS)
  @ApiBody({ schema: { type: 'object', additionalProperties: false, properties: CONTENT } })
  plan(@Body() body: unknown): Promise<BlueprintPlan> {
    return this.blueprints.plan(body);
  }

  /** Makes the shop so, all of it or nothing. 412: something changed since the plan whose `basis` is given. */
  @Post('apply')
  @HttpCode(200)
  @RouteConfig(LARGE)
  @Roles(...EDITORS)
  @ApiBody({ schema: { type: 'object', additionalProperties: false, properties: { ...CONTENT, basis: BASIS } } })
  apply(@Body() body: unknown): Promise<BlueprintPlan> {
    return this.blueprints.apply(body);
  }

  /** The content of the shop: what `plan` answers "no changes" to. Archived campaigns are left out. */
  @Get('export')
  @Roles(...READERS)
  export(): Promise<Blueprint> {
    return this.blueprints.export();
  }
}
