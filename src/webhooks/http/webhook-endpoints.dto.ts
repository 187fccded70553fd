import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  MaxLength,
  MinLength,
} from 'class-validator';
import { PageQuery } from '../../platform/http/page';
import { DELIVERY_STATUSES, type DeliveryStatus } from '../webhooks.types';

const MOST_EVENTS = 100;

/** Body of `POST` and `PUT /api/v1/webhook-endpoints`. */
export class EndpointBody {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(200) name?: string | null;
  @IsOptional() @IsString() @MaxLength(2000) description?: string | null;
  /** https, of the public internet. */
  @IsString() url: string;
  /** Types of events, families (`stage.*`) or `*`. */
  @IsArray() @ArrayMinSize(1) @ArrayMaxSize(MOST_EVENTS) @IsString({ each: true }) events: string[];
  @IsOptional() @IsBoolean() enabled?: boolean;
}

/** Body of `POST /api/v1/webhook-endpoints`. */
export class CreateEndpoint extends EndpointBody {
  /** One that the receiver has made: `whsec_` and base64. We make one otherwise. */
  @IsOptional() @IsString() @MaxLength(200) secret?: string;
}

/** Body of `PATCH /api/v1/webhook-endpoints/:id`: what is left out stays. */
export class ChangeEndpoint {
  @IsOptional() @IsString() @MinLength(1) @MaxLength(200) name?: string | null;
  @IsOptional() @IsString() @MaxLength(2000) description?: string | null;
  @IsOptional() @IsString() url?: string;
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MOST_EVENTS)
  @IsString({ each: true })
  events?: string[];
  @IsOptional() @IsBoolean() enabled?: boolean;
}

/** Body of `POST /api/v1/webhook-endpoints/:id/secrets`. */
export class RotateEndpointSecret {
  @IsOptional() @IsString() @MaxLength(200) secret?: string;
}

/** Body of `POST /api/v1/webhook-endpoints/:id/replay`. */
export class ReplaySince {
  /** ISO 8601. */
  @IsISO8601({ strict: true }) since: string;
}

/** Query of `GET /api/v1/webhook-endpoints/:id/deliveries`. */
export class DeliveriesOfEndpoint extends PageQuery {
  @IsOptional() @IsIn(DELIVERY_STATUSES) status?: DeliveryStatus;
  @IsOptional() @IsString() @MaxLength(100) type?: string;
}
