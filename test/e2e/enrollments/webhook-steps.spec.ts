import { Webhook } from 'standardwebhooks';
import { type WebhookBody } from '../../../src/enrollments/domain/webhook-body';
import { type StepWebhookView } from '../../../src/enrollments/webhook-log';
import { startTestApp, type TestApp } from '../../support/app';
import { givenCustomers, givenTemplate } from '../../support/campaign-facts';
import { type HookSink, startHookSink } from '../../support/hook-sink';

describe('a campaign that tells another service', () => {
  let service: TestApp;
  let sink: HookSink;
  beforeAll(async () => {
    sink = await startHookSink();
    service = await startTestApp({ env: { WEBHOOKS_TO_LOOPBACK: 'allow' } });
    await givenTemplate(service.database, 't');
  });
  afterAll(async () => {
    await service.close();
    await sink.close();
  });

  it('calls for the treatment alone, on the way that each took, and again while nobody answers well', async () => {
    const { body: rotated } = await service.request('post', '/api/v1/settings/webhook-signing/rotate').expect(200);
    const { secret } = rotated as { secret: string };
    const hook = (name: string) => ({ kind: 'webhook', url: `${sink.url}/${name}` });
    const campaign = {
      ...{ key: 'tell', name: 'Tell', trigger: { on: 'manual' }, holdout: 0.5 },
      steps: [
        hook('entered'),
        { kind: 'wait', for: 'P1D' },
        {
          kind: 'branch',
          if: { field: 'locale', op: 'eq', value: 'it' },
          then: [hook('italian')],
          else: [hook('other')],
        },
      ],
    };
    await service.request('post', '/api/v1/campaigns').send(campaign).expect(201);
    await service.request('post', '/api/v1/campaigns/tell/activate').expect(200);
    const people = await givenCustomers(
      service.database,
      Array.from({ length: 40 }, (_, i) => ({ locale: i % 2 === 0 ? 'it' : 'de' })),
    );
    // Down for the first hour: every call of it comes again.
    sink.answer({ status: 503 });
    await service.request('post', '/api/v1/campaigns/tell/enrollments').send({ customerIds: people }).expect(201);
    await service.advance('PT1H');
    const tries = sink.received.length;
    sink.answer({ status: 202 });
    await service.advance('P2D');
    const { body } = await service.request('get', '/api/v1/campaigns/tell/enrollments?limit=500').expect(200);
    const treated = (body as { items: Array<{ arm: string; customerId: string }> }).items
      .filter(({ arm }) => arm === 'treatment')
      .map(({ customerId }) => customerId);
    expect(treated.length).toBeGreaterThan(5);
    expect(treated.length).toBeLessThan(35);
    // At once, after five seconds, five minutes, half an hour: four tries each within the hour.
    expect(tries).toBe(4 * treated.length);
    const told = sink.received.slice(tries).map(({ path, headers, body: text }) => {
      const { customer, step } = new Webhook(secret).verify(text, headers as Record<string, string>) as WebhookBody;
      return `${customer.id} ${path} ${step}`;
    });
    const expected = treated.flatMap((id) => {
      const italian = people.indexOf(id) % 2 === 0;
      const second = italian ? '/italian steps[2].then[0]' : '/other steps[2].else[0]';
      return [`${id} /entered steps[0]`, `${id} ${second}`];
    });
    expect(told.sort()).toEqual(expected.sort());
    const { body: log } = await service.request('get', '/api/v1/campaigns/tell/webhooks?limit=500').expect(200);
    const { items } = log as { items: StepWebhookView[] };
    expect(items).toHaveLength(2 * treated.length);
    expect(items.every(({ status, lastStatus }) => status === 'delivered' && lastStatus === 202)).toBe(true);
  });
});
