import { IsBoolean, IsIn, IsOptional, IsString, IsUUID, MaxLength, MinLength } from 'class-validator';
import { PageQuery } from '../../platform/http/page';
import { type Resolution } from '../message-desk';
import { type Origin, ORIGINS, SHOWN_STATUSES, type ShownStatus } from '../messages.types';

/** Query of `GET /api/v1/messages`. */
export class MessagesQuery extends PageQuery {
  @IsOptional() @IsIn(ORIGINS) origin?: Origin;
  /** Id or key. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(64) campaign?: string;
  @IsOptional() @IsUUID() customerId?: string;
  @IsOptional() @IsIn(SHOWN_STATUSES) status?: ShownStatus;
}

/** Body of `POST /api/v1/messages/:id/resolve`. */
export class ResolveBody {
  @IsIn(['sent', 'retry']) as!: Resolution;
}

/** Body of `POST /api/v1/templates/:ref/test-send`. */
export class TestSendBody {
  @IsString() @MaxLength(254) to!: string;
  @IsOptional() @IsUUID() customerId?: string;
  @IsOptional() @IsString() @MinLength(2) @MaxLength(35) locale?: string;
  /** Key or id of the survey that the mail asks; the page behind its links says that it is a test. */
  @IsOptional() @IsString() @MinLength(1) @MaxLength(64) survey?: string;
}

/** Body of `PUT /api/v1/settings/sending`. */
export class SendingBody {
  @IsBoolean() paused!: boolean;
  @IsOptional() @IsString() @MaxLength(500) reason?: string | null;
}
