import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { LOYALTY_ITEMS, SCORE_OPERATORS, SURVEY_KINDS, type SurveyKind } from '../surveys.types';

const TEXT = { type: 'object' as const, additionalProperties: { type: 'string' }, example: { it: '...', en: '...' } };

/**
 * Body of `POST` and `PUT /api/v1/surveys`. Its inner shape is read in the domain, where every fault gets its path; the
 * validators here say what is there at all.
 */
export class SurveyBody {
  @IsString() @MaxLength(64) key!: string;
  /** Without it the key. */
  @IsOptional() @IsString() @MaxLength(200) name?: string;
  @IsIn(SURVEY_KINDS) kind!: SurveyKind;

  /** By locale; all other texts are in the same locales. Of a `loyalty` the title over its three questions. */
  @ApiProperty(TEXT)
  @Allow()
  question!: unknown;

  /** Own words for the three questions of a `loyalty`. */
  @ApiPropertyOptional({
    type: 'object',
    properties: Object.fromEntries(LOYALTY_ITEMS.map((item) => [item, TEXT])),
    additionalProperties: false,
  })
  @Allow()
  questions?: unknown;

  /** Of `csat` (1 to 5 without it), `loyalty` (0 to 10) and `number` (money; 0 to 1,000,000). */
  @ApiPropertyOptional({
    type: 'object',
    properties: { min: { type: 'number' }, max: { type: 'number' } },
    additionalProperties: false,
  })
  @Allow()
  scale?: unknown;

  /** Of a `choice`: 2 to 20. */
  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object', required: ['value', 'label'], properties: { value: { type: 'string' }, label: TEXT } },
  })
  @Allow()
  choices?: unknown;

  /** Asked after the answer: one text by locale, or a list of which the first that fits is asked. */
  @ApiPropertyOptional({
    oneOf: [
      TEXT,
      {
        type: 'array',
        items: {
          type: 'object',
          required: ['question'],
          properties: {
            score: {
              type: 'object',
              properties: { op: { type: 'string', enum: [...SCORE_OPERATORS] }, value: { type: 'number' } },
            },
            choice: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
            question: TEXT,
          },
        },
      },
    ],
  })
  @Allow()
  followUp?: unknown;
}
