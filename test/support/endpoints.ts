import { Webhook } from 'standardwebhooks';
import { type Envelope } from '../../src/webhooks/domain/envelope';
import { DeliverWork } from '../../src/webhooks/jobs/deliver.work';
import { FanOutWork } from '../../src/webhooks/jobs/fan-out.work';
import { drainDueWork } from '../../src/platform/jobs/drain-due-work';
import { type DeliveryView, type EndpointView } from '../../src/webhooks/webhooks.types';
import { type TestApp } from './app';
import { type HookSink } from './hook-sink';

export type MadeEndpoint = Omit<EndpointView, 'secret'> & { secret: string };

/** Registers an endpoint over the API. */
export async function givenEndpoint(service: TestApp, url: string, events: string[]): Promise<MadeEndpoint> {
  const { body } = await service.request('post', '/api/v1/webhook-endpoints').send({ url, events }).expect(201);
  return body as MadeEndpoint;
}

/** Fans out and delivers what is due at `now`, and nothing else. */
export function deliverAll(service: TestApp, now: Date): Promise<void> {
  return drainDueWork([service.app.get(FanOutWork), service.app.get(DeliverWork)], now);
}

/** What a receiver has heard on a path, verified by the library of Standard Webhooks. */
export function heard(sink: HookSink, secret: string, path = '/'): Envelope[] {
  return sink.received
    .filter((hook) => hook.path === path)
    .map(({ body, headers }) => {
      const event = new Webhook(secret).verify(body, headers as Record<string, string>) as Envelope;
      expect(headers['webhook-id']).toBe(event.id);
      return event;
    });
}

/** The log of an endpoint, oldest first. */
export async function deliveriesOf(service: TestApp, id: string, query = ''): Promise<DeliveryView[]> {
  const answer = await service
    .request('get', `/api/v1/webhook-endpoints/${id}/deliveries?limit=500${query}`)
    .expect(200);
  return (answer.body as { items: DeliveryView[] }).items.reverse();
}

export async function endpoint(service: TestApp, id: string): Promise<EndpointView> {
  return (await service.request('get', `/api/v1/webhook-endpoints/${id}`).expect(200)).body as EndpointView;
}
