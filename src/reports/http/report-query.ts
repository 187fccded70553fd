import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../../platform/http/page';
import { SECTION_NAMES, type SectionName } from '../lift/lift-sections';
import type { LiftStart } from '../domain/report-window';

const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

const toNames = ({ value }: { value: unknown }): unknown => (typeof value === 'string' ? value.split(',') : value);

/** What every report takes. */
export class ReportQuery {
  /** `csv` answers with `text/csv` instead of JSON. */
  @IsOptional() @IsIn(['json', 'csv']) format?: 'json' | 'csv';

  /** Facts whose own time is later are left out. Default now. */
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(/T.*(Z|[+-]\d\d:?\d\d)$/, { message: 'must be an instant with its offset' })
  asOf?: string;
}

/** A report with a window. */
export class WindowQuery extends ReportQuery {
  /** ISO 8601 duration in hours, days or weeks. */
  @IsOptional() @IsString() @MaxLength(40) window?: string;
}

/** Whose lift: of which epoch, watched from when. */
export class LiftPopulationQuery extends WindowQuery {
  /** Default: the latest. */
  @IsOptional() @Transform(toNumber) @IsInt() @Min(1) epoch?: number;

  /** `first_due`: those who reached a first e-mail step, watched from when it came due. */
  @IsOptional() @IsIn(['entry', 'first_due']) start?: LiftStart;
}

export class LiftQuery extends LiftPopulationQuery {
  /** Names of sections, by commas, or `all`: which of the heavy ones to read. */
  @IsOptional()
  @Transform(toNames)
  @IsIn(['all', ...SECTION_NAMES], { each: true })
  include?: Array<SectionName | 'all'>;
}

export class LiftRowsQuery extends LiftPopulationQuery {
  @IsOptional() @Transform(toNumber) @IsInt() @Min(1) @Max(MAX_LIMIT) limit: number = DEFAULT_LIMIT;
  @IsOptional() @IsString() @MaxLength(1000) cursor?: string;
}
