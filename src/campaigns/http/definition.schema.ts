import { type Schema } from '../../platform/http/shared-schemas';
import { BASES, PURPOSES } from '../campaign.types';
import { condition, duration, key, STEP, timeOfDay, weekdays } from './step.schema';

const zone: Schema = { type: 'string', description: 'an IANA time zone', example: 'Europe/Rome' };
const anyZone: Schema = { ...zone, description: 'an IANA time zone, or customer: each in their own' };
const segment: Schema = { type: 'string', description: 'key or id of a segment' };

function startedBy(on: string, required: string[], properties: Record<string, Schema>): Schema {
  return {
    type: 'object',
    required: ['on', ...required],
    additionalProperties: false,
    properties: { on: { type: 'string', enum: [on] }, ...properties },
  };
}

const trigger: Schema = {
  oneOf: [
    startedBy('event', ['event'], { event: { type: 'string', example: 'customer.created' } }),
    startedBy('order', [], {}),
    startedBy('segment', ['segment'], {
      segment,
      when: { type: 'string', enum: ['enters', 'leaves'], default: 'enters' },
    }),
    startedBy('schedule', ['cron', 'timezone', 'segment'], {
      cron: { type: 'string', description: 'minute, hour, day, month, weekday', example: '0 9 * * 1' },
      timezone: zone,
      segment,
    }),
    startedBy('date', ['at', 'timezone', 'segment'], {
      at: { type: 'string', description: 'local date and time without offset', example: '2026-12-01T09:00:00' },
      timezone: anyZone,
      segment,
    }),
    startedBy('anniversary', ['field', 'at'], {
      field: {
        type: 'string',
        description: 'createdAt, orders.firstAt or an attribute',
        example: 'attributes.birthday',
      },
      at: timeOfDay,
    }),
    startedBy('manual', [], {}),
  ],
};

const entry: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    limit: {
      oneOf: [
        { type: 'string', enum: ['once', 'unlimited'] },
        { type: 'object', required: ['every'], properties: { every: duration('P90D') } },
      ],
      default: 'once',
    },
    key: { type: 'string', enum: ['order'] },
  },
};

const measure: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    window: duration('P30D'),
    metric: { type: 'string', enum: ['repurchase', 'revenue'] },
    minimumEffect: { type: 'number' },
    plannedCustomers: { type: 'integer' },
    readAt: { type: 'string', format: 'date-time' },
  },
};

const sendWindow: Schema = {
  type: 'object',
  required: ['from', 'to', 'timezone'],
  additionalProperties: false,
  properties: { days: weekdays, from: timeOfDay, to: timeOfDay, timezone: anyZone },
};

const utm: Schema = {
  oneOf: [
    { type: 'boolean' },
    {
      type: 'object',
      required: ['source', 'medium', 'campaign'],
      properties: { source: { type: 'string' }, medium: { type: 'string' }, campaign: { type: 'string' } },
    },
  ],
};

const properties: Record<string, Schema> = {
  key,
  name: { type: 'string', maxLength: 200 },
  purpose: { type: 'string', enum: [...PURPOSES], default: 'custom' },
  basis: { type: 'string', enum: [...BASES], default: 'consent' },
  trigger,
  audience: { ...condition, description: 'a condition, checked at entry' },
  entry,
  goal: {
    type: 'object',
    required: ['event'],
    additionalProperties: false,
    properties: { event: { type: 'string' }, within: duration('P30D'), exit: { type: 'boolean', default: false } },
  },
  exitWhen: { ...condition, description: 'a condition, asked before every step that decides or does something' },
  holdout: { type: 'number', minimum: 0, exclusiveMaximum: true, maximum: 1, default: 0 },
  holdoutGroup: key,
  measure,
  priority: { type: 'integer', minimum: 0, maximum: 1000, default: 50 },
  sendWindow,
  maxLateness: duration('P2D'),
  topic: { ...key, description: 'a key of settings/topics; people switch topics off one by one' },
  sender: {
    type: 'object',
    required: ['name', 'address'],
    additionalProperties: false,
    properties: { name: { type: 'string' }, address: { type: 'string' }, replyTo: { type: 'string' } },
  },
  utm,
  steps: { type: 'array', minItems: 1, items: STEP },
};

/** A campaign definition, as the served OpenAPI document shows it. What counts is domain/read-definition. */
export const DEFINITION_SCHEMA: Schema = {
  type: 'object',
  required: ['key', 'name', 'trigger', 'steps'],
  additionalProperties: false,
  properties,
};

/** The same in place of one that stands; with `inFlight=move` it may say where people in flight go. */
export const REPLACEMENT_SCHEMA: Schema = {
  ...DEFINITION_SCHEMA,
  properties: {
    ...properties,
    mapping: {
      type: 'object',
      description: 'with inFlight=move: from names of steps to names of steps of the new version, or to exit',
      additionalProperties: { type: 'string' },
    },
  },
};
