import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { ADMIN, Roles } from '../../access/roles';
import { KEY_PATTERN } from '../../kernel/ids';
import { type Page, PageQuery } from '../../platform/http/page';
import { SOURCE_KINDS, type SourceKind } from '../domain/source-kind';
import { SourcesService, type SourceView } from '../sources.service';

/** Body of `POST /api/v1/sources`. */
export class CreateSource {
  @Matches(KEY_PATTERN, { message: 'key must be made of a-z, 0-9 and -, 64 characters at most' }) key: string;
  @IsIn(SOURCE_KINDS) kind: SourceKind;
  @IsString() @MinLength(1) @MaxLength(200) name: string;
  @IsOptional() @IsString() secret?: string;
}

/** Body of `POST /api/v1/sources/:ref/secrets`. */
export class RotateSecret {
  @IsOptional() @IsString() secret?: string;
}

/** The shops that may send events; for admins. */
@ApiTags('storefront')
@Controller('api/v1/sources')
@Roles(...ADMIN)
export class SourcesController {
  constructor(private readonly sources: SourcesService) {}

  /** Makes a source. `secret` is shown here and never again. */
  @Post()
  create(@Body() body: CreateSource): Promise<SourceView & { secret: string }> {
    return this.sources.create(body);
  }

  /** Gives a source a new secret; the one before stays good for a day. */
  @Post(':ref/secrets')
  rotate(@Param('ref') ref: string, @Body() body: RotateSecret): Promise<{ secret: string }> {
    return this.sources.rotate(ref, body.secret);
  }

  /** The sources, newest first, without secrets. */
  @Get()
  list(@Query() query: PageQuery): Promise<Page<SourceView>> {
    return this.sources.list(query);
  }

  /** One source, and since and until when its secrets are good. */
  @Get(':ref')
  get(@Param('ref') ref: string): Promise<SourceView> {
    return this.sources.get(ref);
  }

  /** Deletes a source; its webhooks are refused from now on. */
  @Delete(':ref')
  @HttpCode(204)
  remove(@Param('ref') ref: string): Promise<void> {
    return this.sources.remove(ref);
  }
}
