import { Transform } from 'class-transformer';
import { IsNumber, IsOptional, IsString, IsUUID, MaxLength, MinLength } from 'class-validator';
import { PageQuery } from '../../platform/http/page';

const ToNumber = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value,
  );

/** Query of `GET /api/v1/surveys/:ref/responses`. */
export class ResponsesQuery extends PageQuery {
  /** Words in a comment or a follow-up answer. */
  @IsOptional() @IsString() @MaxLength(200) search?: string;
  /** Lowest score, included. */
  @IsOptional() @ToNumber() @IsNumber() minScore?: number;
  /** Highest score, included. */
  @IsOptional() @ToNumber() @IsNumber() maxScore?: number;
  /** Value of a choice. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(64) choice?: string;
  /** Id or key. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(64) campaign?: string;
  @IsOptional() @IsUUID() customerId?: string;
}
