import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, IsUUID, Matches, MaxLength, MinLength } from 'class-validator';
import { type TemplateKind } from '../templates.types';

const LOCALE_SCHEMA = {
  type: 'object' as const,
  required: ['subject', 'mjml'],
  additionalProperties: false,
  properties: {
    subject: { type: 'string' },
    preheader: { type: 'string', nullable: true },
    mjml: { type: 'string' },
    text: { type: 'string', nullable: true, description: 'The text part; without it, it is made from the HTML.' },
  },
};

/** Body of `POST /api/v1/templates` and `PUT /api/v1/templates/:ref`. */
export class TemplateBody {
  @IsString() @MinLength(1) @MaxLength(64) key!: string;

  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @Matches(/^[^\0\r\n]*$/, { message: 'must be one line of text' })
  name!: string;

  @IsOptional() @IsIn(['marketing', 'transactional']) kind?: TemplateKind;

  @IsString() @MinLength(1) @MaxLength(35) defaultLocale!: string;

  /** By locale. Its shape is checked in the domain, where faults get the path of their locale. */
  @ApiProperty({ type: 'object', additionalProperties: LOCALE_SCHEMA })
  @IsObject()
  locales!: Record<string, unknown>;
}

/** Body of `POST /api/v1/templates/:ref/preview`. */
export class TemplatePreviewBody {
  @IsOptional() @IsUUID() customerId?: string;
  @IsOptional() @IsString() @MaxLength(35) locale?: string;
  /** Key or id of the survey that the mail asks. */
  @IsOptional() @IsString() @MaxLength(64) survey?: string;

  /** Laid over the variables, for instance `{ "order": { "externalId": "A1", "lines": [] } }`. */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @IsOptional()
  @IsObject()
  data?: Record<string, unknown>;
}
