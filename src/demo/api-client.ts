import { createHmac } from 'node:crypto';

/** One signed source of the demo's shop. */
export interface DemoSource {
  secret: string;
  webhookUrl: string;
}

/** What happens in a period: many small requests, a few at a time. */
const CONCURRENCY = 16;
const TIMEOUT_MS = 60_000;

/** Speaks to the service as its clients do: the admin API with a key, webhooks with a signature. */
export class ApiClient {
  constructor(
    readonly base: string,
    private readonly key: string,
  ) {}

  async call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const isJson = body !== undefined && typeof body !== 'string';
    const answer = await fetch(this.base + path, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(isJson ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 600)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  get<T>(path: string): Promise<T> {
    return this.call<T>('GET', path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.call<T>('POST', path, body);
  }

  /** All items of a list. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { items: T[]; nextCursor: string | null } = await this.get(
        `${path}${path.includes('?') ? '&' : '?'}limit=500${more}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return items;
  }

  /** A signed delivery (Standard Webhooks) at the instant `now` of the test clock. */
  async deliver(source: DemoSource, id: string, now: Date, event: { type: string; data: unknown }): Promise<void> {
    const body = JSON.stringify({ type: event.type, occurredAt: now.toISOString(), data: event.data });
    const stamp = String(Math.floor(now.getTime() / 1000));
    const key = Buffer.from(source.secret.replace(/^whsec_/, ''), 'base64');
    const signature = createHmac('sha256', key).update(`${id}.${stamp}.${body}`).digest('base64');
    const answer = await fetch(this.base + new URL(source.webhookUrl).pathname, {
      method: 'POST',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': stamp,
        'webhook-signature': `v1,${signature}`,
      },
      body,
    });
    if (answer.status !== 202)
      throw new Error(`the webhook ${id} was answered ${answer.status}: ${await answer.text()}`);
  }

  /** Streams a file in and waits until it is worked off; a rejected row is a fault of the demo. */
  async importFile(kind: 'customers' | 'orders', csv: string): Promise<void> {
    const { id } = await this.post<{ id: string }>('/api/v1/imports', { kind, format: 'csv' });
    await this.call('PUT', `/api/v1/imports/${id}/content`, csv, { 'content-type': 'text/csv' });
    for (;;) {
      const job = await this.get<{ status: string; rejected: number }>(`/api/v1/imports/${id}`);
      if (job.rejected > 0 || job.status === 'failed')
        throw new Error(`the import of ${kind} failed: ${JSON.stringify(job)}`);
      if (job.status === 'completed') return;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

/** Does `fn` for each item, a few at a time. */
export async function forEach<T>(items: readonly T[], fn: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await fn(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}
