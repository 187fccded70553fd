import { createHmac, randomUUID } from 'node:crypto';
import { type Response } from 'supertest';
import { type TestApp } from '../../support/app';

/** A source of the test's own, and how a shop speaks through it. */
export interface Shop {
  key: string;
  secret: string;
  /** A generic delivery, signed by Standard Webhooks. */
  deliver(type: string, data: unknown, more?: DeliveryOptions): Promise<Response>;
  /** A delivery of the other kinds: the body as it stands, signed over its bytes. */
  post(topic: string, body: string, headers?: Record<string, string>): Promise<Response>;
}

export interface DeliveryOptions {
  id?: string;
  occurredAt?: string;
  timestamp?: number;
  signature?: string;
  secret?: string;
  body?: string;
}

/** Makes a source by the API. The service's clock stands at `now`. */
export async function makeShop(
  app: TestApp,
  key: string,
  kind = 'generic',
  now = '2026-03-02T08:00:00.000Z',
): Promise<Shop> {
  const made = await app.request('post', '/api/v1/sources').send({ key, kind, name: key }).expect(201);
  const secret = (made.body as { secret: string }).secret;
  const send = (headers: Record<string, string>, body: string) => {
    const request = app.request('post', `/webhooks/${key}`, null).set('content-type', 'application/json');
    return request.set(headers).send(body);
  };
  return {
    key,
    secret,
    deliver: async (type, data, more = {}) => {
      const id = more.id ?? `evt_${randomUUID()}`;
      const body = more.body ?? JSON.stringify({ type, occurredAt: more.occurredAt ?? now, data });
      const stamp = String(more.timestamp ?? Math.floor(new Date(now).getTime() / 1000));
      const signature = more.signature ?? signStandard(more.secret ?? secret, id, stamp, body);
      return send({ 'webhook-id': id, 'webhook-timestamp': stamp, 'webhook-signature': signature }, body);
    },
    post: async (topic, body, headers = {}) => {
      const mac = createHmac('sha256', secret).update(body).digest('base64');
      const own: Record<string, string> =
        kind === 'shopify'
          ? { 'x-shopify-topic': topic, 'x-shopify-event-id': randomUUID(), 'x-shopify-hmac-sha256': mac }
          : { 'x-wc-webhook-topic': topic, 'x-wc-webhook-delivery-id': randomUUID(), 'x-wc-webhook-signature': mac };
      return send({ ...own, ...headers }, body);
    },
  };
}

export function signStandard(secret: string, id: string, stamp: string, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${stamp}.${body}`).digest('base64')}`;
}

/** An order as a generic shop tells it. */
export const order = (externalId: string, customer: string, placedAt: string, total: string, more: object = {}) => ({
  externalId,
  customer: { externalId: customer, email: `${customer}@example.com` },
  placedAt,
  currency: 'EUR',
  total,
  status: 'paid',
  lines: [{ productExternalId: 'SKU-1', name: 'Moka', category: 'coffee', quantity: 1, unitPrice: total }],
  ...more,
});

/** The paths of the faults in a problem answer. */
export function pathsOf(answer: Response): string[] {
  return ((answer.body as { errors?: Array<{ path: string }> }).errors ?? []).map((error) => error.path);
}
