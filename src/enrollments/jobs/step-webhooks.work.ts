import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Counter } from 'prom-client';
import { Database } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { Metrics } from '../../platform/metrics/metrics';
import { judgePost, nextTryAt, type PostOutcome, type PostVerdict } from '../../platform/outbox/retry-schedule';
import { POST_TIMEOUT_MS, SignedPosts } from '../../platform/outbox/signed-posts';
import { WebhookSigning } from '../../platform/outbox/webhook-signing';
import { type ClaimedWebhook, claimWebhooks, recordTries, type TriedWebhook } from '../data/step-webhooks.sql';

/** Calls under way at a time in one process, and of these to one receiver. */
const IN_FLIGHT = 16;
const PER_HOST = 4;
/** All calls of a claim run at once, so it is over when the slowest is. */
const LEASE_SECONDS = (3 * POST_TIMEOUT_MS) / 1000;

const STATUS_AFTER: Record<Exclude<PostVerdict, 'again'>, TriedWebhook['status']> = {
  accepted: 'delivered',
  refused: 'failed',
};

/**
 * Makes the calls of webhook steps: at least once each, until the receiver accepts, refuses for good or ten tries are
 * over. A stop waits for the calls under way; a crash leaves them to whoever comes after the lease.
 */
@Injectable()
export class StepWebhooksWork implements DueWork, OnModuleInit {
  readonly name = 'enrollments.webhooks';
  readonly order = DUE_ORDER.send;
  private readonly tries: Counter<'verdict'>;

  constructor(
    private readonly database: Database,
    private readonly registry: DueWorkRegistry,
    private readonly posts: SignedPosts,
    private readonly signing: WebhookSigning,
    metrics: Metrics,
  ) {
    this.tries = metrics.counter('ritorno_enrollments_webhook_tries_total', 'Calls of webhook steps', ['verdict']);
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ next_try_at: Date }>(
      `select next_try_at from step_webhooks where status = 'queued' order by next_try_at limit 1`,
    );
    return row?.next_try_at ?? null;
  }

  async runDue(now: Date, limit: number): Promise<number> {
    const token = randomUUID();
    const claimed = await this.database.query<ClaimedWebhook>(
      claimWebhooks(now, Math.min(limit, IN_FLIGHT), PER_HOST, token, LEASE_SECONDS),
    );
    if (claimed.length === 0) return 0;
    const secrets = await this.signing.secrets();
    const tried = await Promise.all(
      claimed.map(async (one) => triedOf(one, await this.posts.post({ ...one, secrets }), now)),
    );
    await this.database.execute(
      recordTries(
        tried.map(({ row }) => row),
        token,
        now,
      ),
    );
    for (const { verdict } of tried) this.tries.inc({ verdict });
    return claimed.length;
  }
}

function triedOf(
  { id, attempts }: ClaimedWebhook,
  outcome: PostOutcome,
  now: Date,
): { row: TriedWebhook; verdict: PostVerdict } {
  const verdict = judgePost(outcome);
  const said = {
    lastStatus: outcome.kind === 'answered' ? outcome.status : null,
    lastAnswer: outcome.kind === 'answered' ? outcome.excerpt : null,
    lastError: outcome.kind === 'unreachable' ? outcome.error : null,
  };
  const retryAfterMs = outcome.kind === 'answered' ? outcome.retryAfterMs : null;
  const next = verdict === 'again' ? nextTryAt(id, attempts + 1, now, retryAfterMs) : null;
  const status = next ? 'queued' : STATUS_AFTER[verdict === 'again' ? 'refused' : verdict];
  return { row: { id, status, nextTryAt: next, ...said }, verdict };
}
