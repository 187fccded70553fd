import {
  IsInt,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';
import { KEY_PATTERN } from '../../kernel/ids';

/** Body of `POST` and `PUT /api/v1/segments`. */
export class SegmentBody {
  @IsString() @Matches(KEY_PATTERN, { message: 'must be 1 to 64 characters of a-z, 0-9 and -' }) key: string;
  @IsString() @MinLength(1) @MaxLength(200) name: string;
  @IsObject() condition: Record<string, unknown>;
}

/** Body of `PUT /api/v1/settings/lifecycle`. */
export class LifecycleBody {
  /** `auto`, or a duration of whole days or weeks. */
  @IsString() @MaxLength(20) lapsedAfter: string;
  /** Counting orders from which a customer is a repeat one. */
  @IsOptional() @IsInt() @Min(1) @Max(1000) repeatMinOrders: number = 2;
}

/** Query of `GET /api/v1/reports/lifecycle`. */
export class LifecycleReportQuery {
  @IsOptional() @IsString() @MaxLength(10) at?: string;
  @IsOptional() @IsString() @MaxLength(10) from?: string;
  @IsOptional() @IsString() @MaxLength(10) to?: string;
  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(/T.*(Z|[+-]\d\d:\d\d)$/, { message: 'must be an instant with its zone' })
  asOf?: string;
  @IsOptional() @Matches(/^(json|csv)$/, { message: 'must be json or csv' }) format?: 'json' | 'csv';
}
