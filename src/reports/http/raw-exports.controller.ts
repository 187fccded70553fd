import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { Roles } from '../../access/roles';
import { CSV_MEDIA_TYPE } from '../../platform/http/csv';
import { EXPORT_FORMATS, type ExportFormat, RawExports } from '../exports/raw-exports';

const INSTANT = { message: 'must be an instant with its offset' };
const WITH_OFFSET = /T.*(Z|[+-]\d\d:?\d\d)$/;

/** Query of `GET /api/v1/exports/:dataset`. */
export class RawExportQuery {
  /** Default `csv`. */
  @IsOptional() @IsIn(EXPORT_FORMATS) format: ExportFormat = 'csv';
  /** Rows whose own time is at or after this. */
  @IsOptional() @IsISO8601({ strict: true }) @Matches(WITH_OFFSET, INSTANT) from?: string;
  /** Rows whose own time is before this. */
  @IsOptional() @IsISO8601({ strict: true }) @Matches(WITH_OFFSET, INSTANT) to?: string;
  /** Rows of this campaign (id or key). */
  @IsOptional() @IsString() @MaxLength(64) campaign?: string;
}

const MEDIA_TYPES: Record<ExportFormat, string> = {
  csv: CSV_MEDIA_TYPE,
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};

/** The rows behind the reports, to take elsewhere. */
@ApiTags('reports')
@Controller('api/v1/exports')
export class RawExportsController {
  constructor(private readonly exports: RawExports) {}

  /**
   * All rows of a dataset (`messages`, `hits`, `outcomes`, `enrollments`, `customers`, `orders` and the others of
   * docs/analytics.md) as CSV, NDJSON or Parquet, streamed; ids and times, no addresses and no names.
   */
  @Get(':dataset')
  @Roles('analyst', 'admin')
  async dataset(
    @Param('dataset') dataset: string,
    @Query() { format, from, to, campaign }: RawExportQuery,
  ): Promise<StreamableFile> {
    const stream = await this.exports.stream({
      dataset,
      format,
      campaign,
      from: from === undefined ? undefined : new Date(from),
      to: to === undefined ? undefined : new Date(to),
    });
    return new StreamableFile(stream, {
      type: MEDIA_TYPES[format],
      disposition: `attachment; filename="${dataset}.${format}"`,
    });
  }
}
