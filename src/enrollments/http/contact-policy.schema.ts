import { type ApiBodyOptions } from '@nestjs/swagger';

type Schema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

const time = (example: string): Schema => ({ type: 'string', pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', example });

/** The body of `PUT /api/v1/settings/contact-policy`, for the OpenAPI document. */
export const CONTACT_POLICY_SCHEMA: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    maxMessages: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      nullable: true,
      description: 'marketing mails per person within `per`, over all campaigns; stands together with it',
    },
    per: { type: 'string', nullable: true, description: 'ISO 8601 duration, a sliding window', example: 'P7D' },
    quietHours: {
      type: 'object',
      nullable: true,
      required: ['from', 'to', 'timezone'],
      additionalProperties: false,
      properties: {
        from: time('21:00'),
        to: time('08:00'),
        timezone: { type: 'string', description: '`customer`, or an IANA zone', example: 'customer' },
      },
    },
    blackout: {
      type: 'array',
      maxItems: 366,
      items: { type: 'string', format: 'date' },
      description: 'in the zone of the quiet hours, else in the customer’s',
    },
    holdMarketingWhen: {
      type: 'object',
      nullable: true,
      additionalProperties: true,
      description: 'a condition under which a person gets no marketing mail',
    },
    sunset: {
      type: 'object',
      nullable: true,
      required: ['campaign'],
      additionalProperties: false,
      properties: { campaign: { type: 'string', description: 'key or id', example: 'last-chance' } },
      description: 'who is in the segment `unengaged` gets no marketing mail but those of this campaign',
    },
  },
};
