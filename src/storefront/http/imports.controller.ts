import {
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Put,
  Req,
  StreamableFile,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { type FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { ApiKeysService } from '../../access/api-keys.service';
import { Roles } from '../../access/roles';
import { Refusal } from '../../kernel/errors';
import { CSV_MEDIA_TYPE } from '../../platform/http/csv';
import { IMPORT_FORMATS, IMPORT_KINDS, type ImportFormat, type ImportKind } from '../domain/import-columns';
import { ImportsService, type ImportView } from '../imports.service';

/** Body of `POST /api/v1/imports`. */
export class CreateImport {
  @IsIn(IMPORT_KINDS) kind: ImportKind;
  @IsIn(IMPORT_FORMATS) format: ImportFormat;
  /** Of `exposures`: the share that was planned to be held out. */
  @IsOptional() @IsNumber() @Min(0) @Max(1) holdout?: number;
}

/** What a storefront may bring in; the other kinds are for marketers. */
const OF_STOREFRONTS: ReadonlySet<ImportKind> = new Set<ImportKind>(['customers', 'orders', 'products']);

/** Files of customers, orders, products and suppressions. */
@ApiTags('storefront')
@Controller('api/v1/imports')
export class ImportsController {
  constructor(
    private readonly imports: ImportsService,
    private readonly keys: ApiKeysService,
  ) {}

  /** Opens an import; `PUT .../content` brings the file. */
  @Post()
  @Roles('storefront', 'marketer', 'admin')
  async create(@Body() body: CreateImport, @Req() request: FastifyRequest): Promise<ImportView> {
    await this.requireRight(request, body.kind);
    return this.imports.create(body.kind, body.format, body.holdout);
  }

  /** Takes the file as a stream of any length; 200 once it is stored whole. It is worked off afterwards. */
  @Put(':id/content')
  @Roles('storefront', 'marketer', 'admin')
  @HttpCode(200)
  async upload(@Param('id', ParseUUIDPipe) id: string, @Req() request: FastifyRequest): Promise<ImportView> {
    const { kind } = await this.imports.get(id);
    await this.requireRight(request, kind);
    if (!(request.body instanceof Readable)) {
      throw new Refusal('unsupported_media', 'Send the file as text/csv or application/x-ndjson.');
    }
    return this.imports.upload(id, request.body);
  }

  /** How far it is. */
  @Get(':id')
  @Roles('storefront', 'marketer', 'analyst', 'admin')
  get(@Param('id', ParseUUIDPipe) id: string): Promise<ImportView> {
    return this.imports.get(id);
  }

  /** The rows that were left out: row, column, message, raw. */
  @Get(':id/errors')
  @Roles('storefront', 'marketer', 'analyst', 'admin')
  @Header('content-type', CSV_MEDIA_TYPE)
  async errors(@Param('id', ParseUUIDPipe) id: string): Promise<StreamableFile> {
    const stream = await this.imports.errors(id);
    return new StreamableFile(stream, {
      type: CSV_MEDIA_TYPE,
      disposition: `attachment; filename="import-${id}-errors.csv"`,
    });
  }

  private async requireRight(request: FastifyRequest, kind: ImportKind): Promise<void> {
    if (OF_STOREFRONTS.has(kind)) return;
    const key = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const caller = await this.keys.recognise(key);
    if (caller?.role === 'storefront')
      throw new Refusal('forbidden', `A key of role storefront may not import ${kind}.`);
  }
}
