import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { type Database } from '../../src/platform/database/database';
import { pastInstant, SHOP_NOW } from './generated-values';
import { insertRows } from './insert-rows';

export const EVENT_TYPES = ['page.viewed', 'checkout.started', 'quiz/done'] as const;
export const CAMPAIGN_KEYS = ['welcome', 'win-back'] as const;
export const STEP_KEYS = ['hello', 'again'] as const;
export const SURVEY_KEYS = ['nps', 'why-left'] as const;
export const CHOICES = ['price', "it's late"] as const;

const instant = fc.oneof(pastInstant, fc.constant(SHOP_NOW), fc.constant(new Date(SHOP_NOW.getTime() + 60_000)));

/** Values of properties, among them those that look alike. */
const property = fc.constantFrom<unknown>('/sale', '/', '', 1, 1.5, '1', true, 'true', null, ['/sale'], {
  path: '/sale',
});
export const propertyAskedFor = fc.constantFrom<unknown>('/sale', '/', '', 1, 1.5, '1', true, 'true', false);

const event = fc.record({
  type: fc.constantFrom(...EVENT_TYPES),
  occurredAt: instant,
  properties: fc.dictionary(fc.constantFrom('path', 'price', "it's"), property, { maxKeys: 3 }),
});

const hit = fc.record({
  kind: fc.constantFrom('open', 'click', 'unsubscribe'),
  at: fc.oneof(pastInstant, fc.constant(SHOP_NOW)),
  machine: fc.boolean(),
});

const message = fc.record({
  campaign: fc.constantFrom(...CAMPAIGN_KEYS),
  step: fc.constantFrom(...STEP_KEYS),
  status: fc.constantFrom('sent', 'sent', 'sent', 'bounced', 'held_out', 'skipped', 'queued', 'uncertain'),
  origin: fc.constantFrom('enrollment', 'enrollment', 'enrollment', 'confirmation'),
  sentAt: instant,
  hits: fc.array(hit, { maxLength: 4 }),
});

const ticket = fc.record({
  type: fc.constantFrom('ticket.opened', 'ticket.opened', 'ticket.closed'),
  occurredAt: fc.oneof(pastInstant, fc.constantFrom(SHOP_NOW, new Date(SHOP_NOW.getTime() - 86_400_000))),
  externalId: fc.constantFrom('T1', 'T2', undefined),
});

/** Some at one instant. */
const answer = fc.record({
  survey: fc.constantFrom(...SURVEY_KEYS),
  score: fc.constantFrom(0, 3.5, 4, 6, 9, 10),
  choice: fc.constantFrom(...CHOICES),
  answeredAt: fc.oneof(pastInstant, fc.constantFrom(SHOP_NOW, new Date(SHOP_NOW.getTime() - 86_400_000))),
});

/** Generated events, mails and hits of these customers. */
export async function fillEngagement(database: Database, customerIds: readonly string[], seed: number): Promise<void> {
  const doings = fc.sample(
    fc.record({
      events: fc.array(event, { maxLength: 6 }),
      messages: fc.array(message, { maxLength: 4 }),
      tickets: fc.array(ticket, { maxLength: 5 }),
      answers: fc.array(answer, { maxLength: 5 }),
    }),
    { numRuns: customerIds.length, seed },
  );
  const of = <T>(pick: (one: (typeof doings)[number]) => readonly T[]): Array<T & { customerId: string }> =>
    doings.flatMap((one, i) => pick(one).map((what) => ({ ...what, customerId: customerIds[i] ?? '' })));
  await insertRows(
    database,
    'customer_events',
    of(({ events }) => events).map(({ customerId, type, occurredAt, properties }) => ({
      id: randomUUID(),
      customer_id: customerId,
      type,
      occurred_at: occurredAt,
      recorded_at: SHOP_NOW,
      properties,
      starts: false,
    })),
  );
  await insertRows(
    database,
    'customer_events',
    of(({ tickets }) => tickets).map(({ customerId, type, occurredAt, externalId }) => ({
      id: randomUUID(),
      customer_id: customerId,
      type,
      occurred_at: occurredAt,
      recorded_at: SHOP_NOW,
      properties: externalId === undefined ? {} : { externalId },
      starts: false,
    })),
  );
  await fillAnswers(
    database,
    of(({ answers }) => answers),
  );
  const campaigns = new Map(CAMPAIGN_KEYS.map((key) => [key, randomUUID()]));
  await insertRows(
    database,
    'campaigns',
    [...campaigns].map(([key, id]) => ({
      id,
      key,
      name: key,
      status: 'active',
      version: 1,
      revision: 1,
      salt: key,
      epoch: 1,
      priority: 50,
      created_at: SHOP_NOW,
      updated_at: SHOP_NOW,
    })),
  );
  const mails = of(({ messages }) => messages).map((mail) => ({ ...mail, id: randomUUID(), origin_id: randomUUID() }));
  await insertRows(
    database,
    'messages',
    mails.map((mail) => messageRow(mail, campaigns.get(mail.campaign) ?? '')),
  );
  await insertRows(
    database,
    'hits',
    mails.flatMap((mail) =>
      mail.hits.map(({ kind, at, machine }) => ({
        id: randomUUID(),
        message_id: mail.id,
        customer_id: mail.customerId,
        kind,
        link_index: kind === 'click' ? 0 : null,
        at,
        machine,
        rule: machine ? 'crawler' : null,
        rule_version: 1,
        method: 'GET',
      })),
    ),
  );
}

type Answer = (typeof answer extends fc.Arbitrary<infer T> ? T : never) & { customerId: string };

async function fillAnswers(database: Database, answers: readonly Answer[]): Promise<void> {
  const kindOf = { nps: 'nps', 'why-left': 'choice' } as const;
  const surveys = new Map(SURVEY_KEYS.map((key) => [key, randomUUID()]));
  const times = { created_at: SHOP_NOW, updated_at: SHOP_NOW };
  await insertRows(
    database,
    'surveys',
    [...surveys].map(([key, id]) => ({
      ...{ id, key, name: key, kind: kindOf[key], question: { en: key }, version: 1, ...times },
      scale: key === 'nps' ? { min: 0, max: 10 } : null,
      choices: key === 'nps' ? null : CHOICES.map((value) => ({ value, label: { en: value } })),
    })),
  );
  await insertRows(
    database,
    'survey_responses',
    answers.map(({ customerId, survey, score, choice, answeredAt }) => ({
      ...{ id: randomUUID(), survey_id: surveys.get(survey), survey_version: 1, customer_id: customerId },
      ...{ message_id: randomUUID(), enrollment_id: randomUUID(), campaign_id: randomUUID(), step: 'ask' },
      ...{ kind: kindOf[survey], locale: 'en', answered_at: answeredAt, updated_at: answeredAt },
      score: survey === 'nps' ? score : null,
      choice: survey === 'nps' ? null : choice,
    })),
  );
}

type Mail = (typeof message extends fc.Arbitrary<infer T> ? T : never) & {
  customerId: string;
  id: string;
  origin_id: string;
};

function messageRow(mail: Mail, campaignId: string) {
  return {
    id: mail.id,
    origin: mail.origin,
    origin_id: mail.origin_id,
    enrollment_id: mail.origin === 'enrollment' ? mail.origin_id : null,
    campaign_id: campaignId,
    customer_id: mail.customerId,
    step: mail.step,
    status: mail.status,
    reason: mail.status === 'skipped' ? 'no_consent' : null,
    basis: 'consent',
    due_at: mail.sentAt,
    queued_at: mail.sentAt,
    expires_at: mail.sentAt,
    sent_at: ['sent', 'bounced'].includes(mail.status) ? mail.sentAt : null,
    attempts: 0,
    losses: 0,
  };
}
