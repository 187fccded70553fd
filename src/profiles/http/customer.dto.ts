import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsISO8601,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { CONSENT_STATUSES, type ConsentStatus } from '../../customers/customers.types';
import { PageQuery } from '../../platform/http/page';
import { type Stage, STAGES } from '../../segments/stage';
import { type ToldCustomer } from '../domain/customer-patch';

/** Postgres keeps no NUL in texts. */

const NO_NUL = /^[^\u0000]*$/;
const noNul = { message: 'must not contain a NUL character' };

export class CustomerQuery extends PageQuery {
  @IsOptional() @IsString() @MaxLength(320) email?: string;
  @IsOptional() @IsString() @Matches(NO_NUL, noNul) @MaxLength(255) externalId?: string;
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(64) segment?: string;
  @IsOptional() @IsIn(STAGES) stage?: Stage;
}

export class ExplainQuery {
  /** Key or id; without it all campaigns are told of. */
  @IsOptional() @IsString() @IsNotEmpty() @MaxLength(64) campaign?: string;
}

export class ConsentBody {
  @IsIn(CONSENT_STATUSES) status: ConsentStatus;
  @IsOptional() @IsString() @Matches(NO_NUL, noNul) @MaxLength(255) source?: string | null;
  @IsOptional() @IsISO8601({ strict: true }) at?: string | null;
  @IsOptional() @IsString() @Matches(NO_NUL, noNul) @MaxLength(64) ip?: string | null;
  @IsOptional() @IsString() @Matches(NO_NUL, noNul) @MaxLength(4000) text?: string | null;
  @IsOptional() @IsObject() topics?: Record<string, unknown>;
}

/** What of a customer can be changed by API. Absent: left alone (`PATCH`) or cleared (`PUT`); null: cleared. */
export class CustomerBody implements ToldCustomer {
  @IsOptional() @IsString() @MaxLength(320) email?: string | null;
  @IsOptional() @IsString() @Matches(NO_NUL, noNul) @MaxLength(255) firstName?: string | null;
  @IsOptional() @IsString() @Matches(NO_NUL, noNul) @MaxLength(255) lastName?: string | null;
  @IsOptional() @IsString() @MaxLength(35) locale?: string | null;
  @IsOptional() @IsString() @MaxLength(64) timezone?: string | null;
  @IsOptional() @IsObject() attributes?: Record<string, unknown> | null;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(250)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  @MaxLength(255, { each: true })
  @Matches(NO_NUL, { each: true, ...noNul })
  tags?: string[] | null;

  @IsOptional() @ValidateNested() @Type(() => ConsentBody) consent?: ConsentBody | null;
}

export class ConditionPreviewBody {
  @IsObject() condition: Record<string, unknown>;
}
