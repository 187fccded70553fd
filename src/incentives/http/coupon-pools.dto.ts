import { Type } from 'class-transformer';
import {
  Allow,
  ArrayMaxSize,
  IsArray,
  IsDefined,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';
import { KEY_PATTERN } from '../../kernel/ids';
import { PageQuery } from '../../platform/http/page';
import {
  COUPON_STATUSES,
  type CouponStatus,
  DISCOUNT_KINDS,
  WHEN_EXHAUSTED,
  type WhenExhausted,
} from '../coupons.types';
import { MOST_CODES } from '../domain/coupon-codes';

const MOST = { message: `must be at most ${MOST_CODES} codes; add more by further calls` };

/** What a code is worth. */
export class DiscountBody {
  @IsIn(DISCOUNT_KINDS) kind: (typeof DISCOUNT_KINDS)[number];
  /** `percent`: above 0, at most 100; `amount`: a decimal string such as "5.00". */
  @Allow() value?: number | string;
  /** Of `amount`; default the store's. */
  @IsOptional() @IsString() @MaxLength(3) currency?: string;
  /** Of `gift`. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(255) productExternalId?: string;
}

/** Codes to be made. */
export class GenerateBody {
  /** Up to 16 of A-Z, 0-9, - and _, before the random part. */
  @IsOptional() @IsString() @MaxLength(16) prefix?: string;
  @IsInt() @Min(1) @Max(MOST_CODES, MOST) count: number;
}

/** Body of `PUT /api/v1/coupon-pools/:ref`. */
export class PoolTermsBody {
  @IsString() @Matches(KEY_PATTERN, { message: 'must be 1 to 64 characters of a-z, 0-9 and -' }) key: string;
  /** Default the key. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(200) name?: string;
  @IsDefined() @ValidateNested() @Type(() => DiscountBody) discount: DiscountBody;
  /** An ISO 8601 duration from the moment the code is given, in the customer's calendar. */
  @IsString() @MaxLength(40) expiresAfter: string;
  @IsIn(WHEN_EXHAUSTED) whenExhausted: WhenExhausted;
  /** A warning from fewer free codes than this on; 0: none. */
  @IsOptional() @IsInt() @Min(0) @Max(MOST_CODES) warnBelow: number = 100;
  /** So long before the expiry of a code that was not redeemed `coupon.expiring` happens; absent: never. */
  @IsOptional() @IsString() @MaxLength(40) remindBefore?: string | null;
}

/** Body of `POST /api/v1/coupon-pools`. */
export class PoolBody extends PoolTermsBody {
  @IsOptional() @IsArray() @ArrayMaxSize(MOST_CODES, MOST) codes?: unknown[];
  @IsOptional() @ValidateNested() @Type(() => GenerateBody) generate?: GenerateBody;
}

/** Body of `POST /api/v1/coupon-pools/:ref/codes`. */
export class CodesBody {
  @IsOptional() @IsArray() @ArrayMaxSize(MOST_CODES, MOST) codes?: unknown[];
  @IsOptional() @ValidateNested() @Type(() => GenerateBody) generate?: GenerateBody;
}

/** `?status=` beside the paging. */
export class CouponQuery extends PageQuery {
  @IsOptional() @IsIn(COUPON_STATUSES) status?: CouponStatus;
}
