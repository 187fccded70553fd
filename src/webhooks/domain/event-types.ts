/** The fields of an event's data, each with what it says. Every event has those of {@link COMMON_FIELDS} besides. */
export interface EventType {
  says: string;
  data: Readonly<Record<string, string>>;
}

/** In the data of every event but `ping`. */
export const COMMON_FIELDS: Readonly<Record<string, string>> = {
  customerId: 'string: our id; null in sending_domain.*, which are about no customer',
  externalId: 'string or null: the id of the shop; null for guests and after an erasure',
};

const CAMPAIGN = { campaignId: 'string', campaign: 'string: its key' };
const ENROLLMENT = { enrollmentId: 'string', ...CAMPAIGN };
const MESSAGE = {
  messageId: 'string',
  enrollmentId: 'string or null',
  campaignId: 'string or null',
  campaign: 'string or null: the key of the campaign',
  step: 'string: the key of the step',
  template: 'string or null: the key of the template',
};
const SEGMENT = {
  segment: 'string: its key',
  cause: 'string: event, order, refund or time',
  orderId: 'string or null: the order that moved the customer',
};
const SURVEY = {
  survey: 'string: its key',
  kind: 'string: nps, csat, choice, number or loyalty',
  score: 'number or null',
  choice: 'string or null',
  responseId: 'string',
};
const ARM = 'string: treatment or holdout';

/** Everything that is told, by type. Fields are added, never changed. docs/events-out.md says the same; a test holds them together. */
export const EVENT_TYPES = {
  'customer.created': { says: 'a customer has become known', data: { consent: 'string: its status' } },
  'customer.updated': {
    says: 'fields of a customer have changed',
    data: {
      fields:
        'array of strings: externalId, email, firstName, lastName, locale, timezone, tags, consent, deleted, attributes.<name>',
    },
  },
  'customer.merged': {
    says: 'two records of one person have become one',
    data: { mergedCustomerId: 'string: our id of the record that is gone' },
  },
  'customer.deleted': { says: 'the shop has deleted a customer', data: {} },
  'customer.erased': { says: 'a person was erased; only our id is left to say who', data: {} },
  'customer.subscribed': { says: 'a consent to marketing has come into force', data: {} },
  'customer.unsubscribed': {
    says: 'a person has unsubscribed, or the shop says so',
    data: {
      by: 'string: person or shop',
      source: 'string or null: one_click, page, preferences, mailto, complaint, or what the shop named',
      messageId: 'string or null: the mail whose link was used',
    },
  },
  'stage.changed': {
    says: 'a customer has moved to another stage',
    data: {
      from: 'string or null: prospect, recent, repeat or lapsed; null at first',
      to: 'string',
      cause: 'string: order, refund, time, threshold, import or merge',
    },
  },
  'segment.entered': { says: 'a customer has entered a segment', data: SEGMENT },
  'segment.left': { says: 'a customer has left a segment', data: SEGMENT },
  'order.counted': {
    says: 'an order counts for the first time',
    data: {
      orderId: 'string: our id',
      orderExternalId: 'string: the id of the shop',
      origin: 'string: shop, renewal, ...',
      total: 'string or null: "49.90"',
      currency: 'string or null: ISO 4217',
    },
  },
  'enrollment.entered': {
    says: 'a customer has entered a campaign',
    data: { ...ENROLLMENT, arm: ARM, orderId: 'string or null: the order that started it' },
  },
  'enrollment.completed': { says: 'the last step is done', data: { ...ENROLLMENT, arm: ARM } },
  'enrollment.exited': {
    says: 'an enrollment has ended before its last step',
    data: { ...ENROLLMENT, arm: ARM, reason: 'string: goal, unsubscribed, exit, archived, removed, erased, ...' },
  },
  'enrollment.refused': {
    says: 'a customer was not let into a campaign',
    data: { ...CAMPAIGN, reason: 'string: one of the closed list of reasons' },
  },
  'message.sent': { says: 'the mail server has accepted a mail', data: MESSAGE },
  'message.skipped': { says: 'a mail was not sent', data: { ...MESSAGE, reason: 'string: one of the closed list' } },
  'message.failed': { says: 'a mail was refused for good', data: MESSAGE },
  'message.uncertain': { says: 'nobody knows whether a mail has arrived', data: MESSAGE },
  'message.bounced': { says: 'a mail has come back', data: MESSAGE },
  'message.complained': { says: 'a mail was called spam', data: MESSAGE },
  'message.opened': { says: 'a person has opened a mail; machines are left out', data: MESSAGE },
  'message.clicked': {
    says: 'a person has clicked; machines are left out',
    data: { ...MESSAGE, link: 'number: which link of the mail, from 0', url: 'string: where it leads' },
  },
  'sending_domain.paused': {
    says: 'mail of a sending domain is held back, because receivers refuse it or complain of it',
    data: {
      domain: 'string',
      reason: 'string: authentication, complaints, hard_bounces, refusals, ...',
      advice: 'string: what to do about it',
      resumesAt: 'string or null: ISO 8601; null: a person resumes',
    },
  },
  'sending_domain.resumed': {
    says: 'a person has let the mail of a sending domain go again',
    data: { domain: 'string', reason: 'string: why it was held back' },
  },
  'survey.answered': { says: 'a survey was answered', data: SURVEY },
  'survey.changed': { says: 'an answer was altered later', data: SURVEY },
  'coupon.expiring': {
    says: 'a coupon will soon expire',
    data: { code: 'string', pool: 'string: its key', expiresAt: 'string: ISO 8601', messageId: 'string' },
  },
  'coupon.redeemed': {
    says: 'a coupon was redeemed by an order that counts',
    data: {
      code: 'string',
      pool: 'string: its key',
      orderId: 'string: our id',
      orderExternalId: 'string: the id of the shop',
      redeemedBy: 'string or null: our id of the customer whose order it was',
      messageId: 'string or null: the mail that carried it',
      campaignId: 'string or null',
      campaign: 'string or null: the key of the campaign',
    },
  },
  'points.changed': {
    says: 'points were earned, spent, taken back or have expired',
    data: {
      delta: 'number: may be negative',
      kind: 'string: earned, reversed, spent, expired, adjusted, fed or reward',
      because: 'string: order:<id>, referral:<id> or request:<id of the shop>',
      expiresAt: 'string or null: ISO 8601',
    },
  },
  'tier.changed': {
    says: 'a customer has moved to another tier',
    data: { from: 'string or null', to: 'string or null' },
  },
  'referral.rewarded': {
    says: 'a referral has brought its reward',
    data: { role: 'string: referrer or referred', code: 'string', points: 'number: what this side gets' },
  },
} as const satisfies Readonly<Record<string, EventType>>;

export type EventTypeName = keyof typeof EVENT_TYPES;

/** Sent by `POST /api/v1/webhook-endpoints/:id/test`; nobody subscribes to it. */
export const PING = 'ping';

const NAMES = Object.keys(EVENT_TYPES) as EventTypeName[];
const FAMILIES = [...new Set(NAMES.map((name) => `${name.split('.')[0] ?? ''}.*`))];

/** What an endpoint may subscribe to: a type, a family (`stage.*`), or everything (`*`). */
export const SUBSCRIPTIONS: readonly string[] = [...NAMES, ...FAMILIES, '*'];

/** Whether something that an endpoint subscribes to takes in a type. The database asks the same: `webhook_wanted`. */
export function wants(subscriptions: readonly string[], type: string): boolean {
  const family = `${type.split('.')[0] ?? ''}.*`;
  return subscriptions.some((one) => one === '*' || one === family || one === type);
}
