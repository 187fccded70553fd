import { type ApiBodyOptions } from '@nestjs/swagger';
import { BASES, PURPOSES } from '../campaign.types';

type Schema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

const duration = (example: string): Schema => ({ type: 'string', description: 'ISO 8601 duration', example });
const key: Schema = { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,63}$' };

const steps: Schema = {
  type: 'array',
  minItems: 1,
  items: {
    oneOf: [
      {
        type: 'object',
        required: ['kind', 'key', 'template'],
        additionalProperties: false,
        properties: {
          kind: { type: 'string', enum: ['email'] },
          key,
          template: { type: 'string', description: 'key or id of a template' },
          recommend: {
            type: 'object',
            required: ['strategy'],
            additionalProperties: false,
            properties: {
              strategy: { type: 'string', enum: ['bought_together', 'bestsellers'] },
              limit: { type: 'integer', minimum: 1, maximum: 20, default: 3 },
              fallback: { type: 'string', enum: ['bestsellers', 'skip'], default: 'skip' },
            },
          },
        },
      },
      {
        type: 'object',
        required: ['kind'],
        additionalProperties: false,
        properties: {
          kind: { type: 'string', enum: ['wait'] },
          for: duration('P3D'),
          at: { type: 'string', description: 'the first such local time at or after', example: '09:00' },
        },
      },
      {
        type: 'object',
        required: ['kind'],
        additionalProperties: false,
        properties: { kind: { type: 'string', enum: ['exit'] } },
      },
    ],
  },
};

const trigger: Schema = {
  oneOf: [
    { type: 'object', required: ['on', 'event'], properties: { on: { enum: ['event'] }, event: { type: 'string' } } },
    { type: 'object', required: ['on'], properties: { on: { type: 'string', enum: ['order', 'manual'] } } },
    { type: 'object', required: ['on', 'segment'], properties: { on: { enum: ['segment'] }, segment: key } },
  ],
};

/** A campaign definition, as the served OpenAPI document shows it. What counts is domain/read-definition. */
export const DEFINITION_SCHEMA: Schema = {
  type: 'object',
  required: ['key', 'name', 'trigger', 'steps'],
  additionalProperties: false,
  properties: {
    key,
    name: { type: 'string', maxLength: 200 },
    purpose: { type: 'string', enum: [...PURPOSES], default: 'custom' },
    basis: { type: 'string', enum: [...BASES], default: 'consent' },
    trigger,
    audience: { type: 'object', description: 'a condition, checked at entry' },
    entry: {
      type: 'object',
      properties: {
        limit: {
          oneOf: [
            { type: 'string', enum: ['once', 'unlimited'] },
            { type: 'object', required: ['every'], properties: { every: duration('P90D') } },
          ],
        },
        key: { type: 'string', enum: ['order'] },
      },
    },
    goal: {
      type: 'object',
      required: ['event'],
      properties: { event: { type: 'string' }, within: duration('P30D'), exit: { type: 'boolean', default: false } },
    },
    holdout: { type: 'number', minimum: 0, exclusiveMaximum: true, maximum: 1, default: 0 },
    holdoutGroup: key,
    measure: {
      type: 'object',
      properties: {
        window: duration('P30D'),
        metric: { type: 'string', enum: ['repurchase', 'revenue'] },
        minimumEffect: { type: 'number' },
        plannedCustomers: { type: 'integer' },
        readAt: { type: 'string', format: 'date-time' },
      },
    },
    priority: { type: 'integer', default: 50 },
    maxLateness: duration('P2D'),
    sender: {
      type: 'object',
      required: ['name', 'address'],
      properties: { name: { type: 'string' }, address: { type: 'string' }, replyTo: { type: 'string' } },
    },
    utm: {
      oneOf: [
        { type: 'boolean' },
        {
          type: 'object',
          required: ['source', 'medium', 'campaign'],
          properties: { source: { type: 'string' }, medium: { type: 'string' }, campaign: { type: 'string' } },
        },
      ],
    },
    steps,
  },
};
