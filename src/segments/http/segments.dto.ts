import { IsInt, IsObject, IsOptional, IsString, Matches, Max, MaxLength, Min, MinLength } from 'class-validator';
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
