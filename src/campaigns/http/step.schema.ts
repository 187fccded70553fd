import { refTo, type Schema, sharedSchema } from '../../platform/http/shared-schemas';
import { WEEKDAYS } from '../campaign.types';

const NAME = 'CampaignStep';

export const duration = (example: string, description = 'ISO 8601 duration'): Schema => ({
  type: 'string',
  description,
  example,
});
export const key: Schema = { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,63}$' };
export const timeOfDay: Schema = { type: 'string', pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', example: '09:00' };
export const weekdays: Schema = { type: 'array', minItems: 1, uniqueItems: true, items: { enum: [...WEEKDAYS] } };
export const condition: Schema = { type: 'object', description: 'a condition, as in segments' };

const nested: Schema = { type: 'array', items: { $ref: refTo(NAME) } };
const tags: Schema = { type: 'array', maxItems: 50, items: { type: 'string', maxLength: 64 } };

const recommend: Schema = {
  type: 'object',
  required: ['strategy'],
  additionalProperties: false,
  properties: {
    strategy: { type: 'string', enum: ['bought_together', 'bestsellers'] },
    limit: { type: 'integer', minimum: 1, maximum: 20, default: 3 },
    fallback: { type: 'string', enum: ['bestsellers', 'skip'], default: 'skip' },
  },
};

const arm: Schema = {
  type: 'object',
  required: ['name', 'weight', 'steps'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', maxLength: 64 },
    weight: { type: 'number', minimum: 0, exclusiveMinimum: true, description: 'its share of the sum of the weights' },
    steps: nested,
  },
};

function step(kind: string, required: string[], properties: Record<string, Schema>): Schema {
  return {
    type: 'object',
    required: ['kind', ...required],
    additionalProperties: false,
    properties: { kind: { type: 'string', enum: [kind] }, ...properties },
  };
}

/** Any step, with what is nested in it. */
export const STEP: Schema = sharedSchema(NAME, {
  oneOf: [
    step('email', ['key', 'template'], {
      key,
      template: { type: 'string', description: 'key or id of a template' },
      recommend,
      survey: { type: 'string', description: 'key or id of a survey' },
      coupon: { type: 'string', description: 'key or id of a coupon pool: each recipient gets a code of it' },
      maxLateness: duration('PT6H', "instead of the campaign's"),
    }),
    step('wait', [], {
      for: duration('P3D'),
      until: {
        type: 'string',
        enum: ['replenish'],
        description: 'instead of `for`: when what the order brought is typically needed again',
      },
      fallback: {
        type: 'string',
        enum: ['shop', 'exit'],
        default: 'shop',
        description: "with `until`, where no time of the order's products is known: the shop's own, or the end",
      },
      at: { ...timeOfDay, description: 'the first such local time at or after' },
      days: weekdays,
    }),
    step('waitFor', ['event', 'within'], {
      event: { type: 'string', example: 'order.placed' },
      within: duration('P7D'),
      then: nested,
      else: nested,
    }),
    step('branch', ['if', 'then'], { if: condition, then: nested, else: nested }),
    step('split', ['key', 'arms'], { key, arms: { type: 'array', minItems: 2, maxItems: 20, items: arm } }),
    step('tag', [], { add: tags, remove: tags }),
    step('webhook', ['url'], { url: { type: 'string', format: 'uri', pattern: '^https://' } }),
    step('enroll', ['campaign'], { campaign: { type: 'string', description: 'key or id of a campaign' } }),
    step('exit', [], {}),
  ],
});
