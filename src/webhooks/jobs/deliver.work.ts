import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { type Counter } from 'prom-client';
import { Clock } from '../../kernel/clock';
import { Database } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { Metrics } from '../../platform/metrics/metrics';
import { POST_TIMEOUT_MS, SignedPosts } from '../../platform/outbox/signed-posts';
import { type ClaimedDelivery, claimDeliveries, signingSecrets } from '../data/deliveries.sql';
import { type Tried, TryRecorder } from '../try-recorder';

/** Calls under way at a time in one process to one endpoint. There are 50 endpoints at most, so there is a bound in all. */
const LANES = { well: 6, failing: 2 };
/** A call is over when it has timed out; the rest is for writing down what became of it. */
const LEASE_SECONDS = (3 * POST_TIMEOUT_MS) / 1000;
/** Calls that end shortly after each other are written down together. */
const GATHER_MS = 5;
/** With nothing but slow calls under way others are looked for this often. */
const LOOK_AGAIN_MS = 100;

/**
 * Makes the calls. Each endpoint has lanes of its own and a call occupies one until it is answered, while the work goes on
 * for the others: an endpoint that takes its ten seconds for every answer delays only its own events. A stop waits for
 * the calls under way; those of a process that died are made again, under the same id, when their lease is over.
 */
@Injectable()
export class DeliverWork implements DueWork, OnModuleInit, BeforeApplicationShutdown {
  readonly name = 'webhooks.deliver';
  readonly order = DUE_ORDER.webhooks;
  private readonly busy = new Map<string, number>();
  private readonly calls = new Set<Promise<void>>();
  private readonly tries: Counter<'verdict'>;
  private ended: Tried[] = [];
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly registry: DueWorkRegistry,
    private readonly posts: SignedPosts,
    private readonly recorder: TryRecorder,
    metrics: Metrics,
  ) {
    this.tries = metrics.counter('ritorno_webhooks_tries_total', 'Calls of webhook endpoints', ['verdict']);
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date }>(
      `select next_try_at as at from webhook_deliveries where status = 'queued' order by next_try_at limit 1`,
    );
    return row?.at ?? null;
  }

  async runDue(now: Date): Promise<number> {
    const started = this.stopping ? 0 : await this.start(now);
    if (this.calls.size > 0) {
      await Promise.race([...this.calls, pause(LOOK_AGAIN_MS, undefined, { ref: false })]);
      if (this.calls.size > 0) await pause(GATHER_MS);
    }
    return started + (await this.record(now));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.calls);
    await this.record(this.clock.now());
  }

  private async start(now: Date): Promise<number> {
    const token = randomUUID();
    const claimed = await this.database.query<ClaimedDelivery>(
      claimDeliveries(now, this.busy, LANES, token, LEASE_SECONDS),
    );
    if (claimed.length === 0) return 0;
    const endpointIds = [...new Set(claimed.map(({ endpointId }) => endpointId))];
    const rows = await this.database.query<{ endpointId: string; secrets: string[] }>(signingSecrets(endpointIds, now));
    const secrets = new Map(rows.map((row) => [row.endpointId, row.secrets]));
    for (const one of claimed) {
      const call = this.call(one, token, secrets.get(one.endpointId) ?? []);
      this.calls.add(call);
      void call.finally(() => this.calls.delete(call));
    }
    return claimed.length;
  }

  /** Never rejects: what goes wrong with a post is an outcome. */
  private async call(claimed: ClaimedDelivery, token: string, secrets: readonly string[]): Promise<void> {
    const { endpointId, eventId, url, body } = claimed;
    this.busy.set(endpointId, (this.busy.get(endpointId) ?? 0) + 1);
    const outcome = await this.posts.post({ id: eventId, url, body, secrets });
    const left = (this.busy.get(endpointId) ?? 1) - 1;
    if (left > 0) this.busy.set(endpointId, left);
    else this.busy.delete(endpointId);
    this.ended.push({ claimed, token, outcome });
  }

  private async record(now: Date): Promise<number> {
    const { ended } = this;
    if (ended.length === 0) return 0;
    this.ended = [];
    try {
      for (const verdict of await this.recorder.record(ended, now)) this.tries.inc({ verdict });
    } catch (error) {
      // Kept for the next turn; if it never comes the lease runs out and the calls are made again.
      this.ended.unshift(...ended);
      throw error;
    }
    return ended.length;
  }
}
