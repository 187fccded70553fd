import { type ApiBodyOptions } from '@nestjs/swagger';

type Schema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

const money = (description: string): Schema => ({ type: 'string', nullable: true, description, example: '20.00' });
const count = (description: string, minimum: number): Schema => ({ type: 'integer', minimum, description });

/** The body of `PUT /api/v1/settings/loyalty`, for the OpenAPI document. */
export const LOYALTY_SCHEMA: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    points: {
      type: 'object',
      nullable: true,
      required: ['perCurrencyUnit'],
      additionalProperties: false,
      properties: {
        perCurrencyUnit: { type: 'number', description: 'points for each unit of the store’s currency', example: 1 },
        round: { type: 'string', enum: ['down', 'nearest', 'up'], default: 'down' },
        minimumOrder: money('an order below it earns nothing'),
        expireAfter: { type: 'string', nullable: true, description: 'ISO 8601 duration', example: 'P1Y' },
      },
    },
    tiers: {
      type: 'array',
      maxItems: 20,
      description: 'from the lowest to the highest; all by points, or all by yearly revenue',
      items: {
        type: 'object',
        required: ['key', 'name'],
        additionalProperties: false,
        properties: {
          key: { type: 'string', example: 'gold' },
          name: { type: 'string', example: 'Gold' },
          atPoints: count('points ever given and not taken back', 1),
          atYearlyRevenue: { type: 'string', description: 'net revenue of the last 365 days', example: '500.00' },
        },
      },
    },
    referral: {
      type: 'object',
      nullable: true,
      required: ['url', 'rewardPoints'],
      additionalProperties: false,
      properties: {
        url: { type: 'string', example: 'https://shop.example/?ref={code}' },
        rewardPoints: {
          type: 'object',
          additionalProperties: false,
          properties: { referrer: count('for who refers', 0), referred: count('for who is referred', 0) },
        },
        minimumOrder: money('a first order below it brings nothing'),
      },
    },
    validFrom: {
      type: 'string',
      format: 'date-time',
      nullable: true,
      description: 'orders placed from then on go by it; now, if nothing is said',
    },
  },
};
