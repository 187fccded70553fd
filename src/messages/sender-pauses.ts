import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Counter } from 'prom-client';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { AppConfig } from '../platform/config/config';
import { Database, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { AppLogger } from '../platform/logging/logger';
import { HealthNotes } from '../platform/health/health-notes';
import { Metrics } from '../platform/metrics/metrics';
import {
  listSendingDomains,
  pauseDomain,
  resumeDomain,
  senderFigures,
  type SendingDomainRow,
} from './data/sending-domains.sql';
import { statusIn } from './domain/bounces/bounce-text';
import { judgeSender, type SenderFigures } from './domain/judge-sender';
import { adviceFor, pausesAtOnce } from './domain/sender-faults';

const DAY_MS = 86_400_000;
const LONGEST_REPLY = 500;

/** A reason to hold the mail of a domain back. */
export interface SenderPause {
  /** Domain of the From address. */
  domain: string;
  /** One of `PAUSE_REASONS`, else what the receiver gave as its reason. */
  reason: string;
  /** What shows it: the reply, the message, the figures. No personal data. */
  evidence: object;
  /** When it ends by itself; without it a person resumes. */
  resumesAt?: Date | null;
}

/** A sending domain as clients see it. */
export interface SendingDomainView {
  domain: string;
  paused: boolean;
  pausedAt: string | null;
  /** Why, what to do about it, and what showed it; of the last pause when it is over. */
  reason: string | null;
  advice: string | null;
  evidence: Record<string, unknown> | null;
  resumesAt: string | null;
  resumedAt: string | null;
  pauses: number;
}

/**
 * The circuit breaker of the senders: while a From-domain is paused its mails are neither claimed nor let through the gate.
 * They wait as `queued` (`sending_paused`, as under the global stop); nobody is suppressed and no step is lost but by its
 * own `maxLateness`.
 */
@Injectable()
export class SenderPauses implements OnModuleInit {
  private readonly count: Counter<'domain' | 'reason'>;

  constructor(
    private readonly config: AppConfig,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
    private readonly metrics: Metrics,
    private readonly logger: AppLogger,
    private readonly notes: HealthNotes,
  ) {
    this.count = metrics.counter('ritorno_messages_sender_pauses_total', 'Sending domains that were paused', [
      'domain',
      'reason',
    ]);
  }

  onModuleInit(): void {
    // Which ones and why is not for everybody: GET /api/v1/sending-domains.
    this.notes.add('sendingDomains', async () => ({
      paused: (await this.list()).filter(({ paused }) => paused).length,
    }));
    this.metrics.gauge(
      'ritorno_messages_sending_domain_paused',
      '1 while the mail of a sending domain is held back',
      ['domain'],
      async (gauge) => {
        gauge.reset();
        for (const { domain, paused } of await this.list()) gauge.set({ domain }, paused ? 1 : 0);
      },
    );
  }

  /**
   * Holds the mails of a domain back, in the caller's transaction, with an audit line and the advice that belongs to the
   * reason. True when it was not held back already; else the first reason stays.
   */
  async pause(tx: Tx, { domain, reason, evidence, resumesAt = null }: SenderPause, now: Date): Promise<boolean> {
    const key = domain.toLowerCase();
    const advice = adviceFor(reason);
    const paused = await tx.query(pauseDomain(key, { reason, advice, evidence, resumesAt }, now));
    if (paused.length === 0) return false;
    const after = { paused: true, reason, evidence };
    await this.audit.record(tx, { action: 'sending-domain.pause', resource: `sending-domain:${key}`, after });
    this.count.inc({ domain: key, reason });
    this.logger.warn('mail of a sending domain is held back', { domain: key, reason, advice });
    return true;
  }

  /** Whether a server's answer alone is enough to hold the sender's domain back. */
  isGrave(reply: string): boolean {
    return pausesAtOnce(statusIn(reply));
  }

  /**
   * Judges a server's answer that blames the sender: pauses the domain where one such answer is enough (5.7.26, 5.7.515 and
   * kin). Others count in the rate that {@link judge} looks at. Answers whether the domain is held back because of it.
   */
  async report(
    reply: string,
    { domain, messageId }: { domain: string; messageId: string },
    now: Date,
  ): Promise<boolean> {
    if (!this.isGrave(reply)) return false;
    const status = statusIn(reply);
    const evidence = { status, reply: reply.replace(/\S+@\S+/g, '<address>').slice(0, LONGEST_REPLY), messageId };
    await this.database.transaction((tx) => this.pause(tx, { domain, reason: 'authentication', evidence }, now));
    return true;
  }

  /** Looks at the figures of the last day and pauses domains whose rates are too high. */
  async judge(now: Date): Promise<void> {
    const since = new Date(now.getTime() - DAY_MS);
    const all = await this.database.query<SenderFigures & { domain: string }>(senderFigures(since));
    for (const { domain, ...figures } of all) {
      const reason = judgeSender(figures);
      if (reason === undefined) continue;
      const evidence = { since: since.toISOString(), ...figures };
      await this.database.transaction((tx) => this.pause(tx, { domain, reason, evidence }, now));
    }
  }

  /** Lets the mails of a domain go again. @throws Refusal 404: never paused; 409: not paused now. */
  async resume(domain: string): Promise<SendingDomainView> {
    const key = domain.toLowerCase();
    const now = this.clock.now();
    await this.database.transaction(async (tx) => {
      const [row] = await tx.query<SendingDomainRow>(listSendingDomains({ domain: key }));
      if (!row) throw Refusal.notFound(`The sending domain ${key}`);
      if (!isPaused(row, now)) throw Refusal.conflict(`The sending domain ${key} is not paused.`);
      await tx.execute(resumeDomain(key, now));
      const before = { paused: true, reason: row.reason, pausedAt: row.pausedAt?.toISOString() };
      await this.audit.record(tx, {
        action: 'sending-domain.resume',
        resource: `sending-domain:${key}`,
        before,
        after: { paused: false },
      });
      await notifyDue(tx);
    });
    this.logger.info('mail of a sending domain goes out again', { domain: key });
    const found = (await this.list()).find((one) => one.domain === key);
    if (!found) throw Refusal.notFound(`The sending domain ${key}`);
    return found;
  }

  /** The domain of MAIL_FROM and every domain that was ever paused, by name. */
  async list(): Promise<SendingDomainView[]> {
    const now = this.clock.now();
    const rows = await this.database.query<SendingDomainRow>(listSendingDomains());
    const own = this.config.mailFrom.address.split('@')[1]?.toLowerCase() ?? '';
    const shown = rows.map((row) => viewOf(row, now));
    if (!shown.some(({ domain }) => domain === own)) shown.push(viewOf(unpaused(own), now));
    return shown.sort((a, b) => (a.domain < b.domain ? -1 : 1));
  }
}

function isPaused(row: SendingDomainRow, now: Date): boolean {
  return row.pausedAt !== null && (row.resumesAt === null || row.resumesAt > now);
}

function viewOf(row: SendingDomainRow, now: Date): SendingDomainView {
  return {
    ...row,
    paused: isPaused(row, now),
    pausedAt: row.pausedAt?.toISOString() ?? null,
    resumesAt: row.resumesAt?.toISOString() ?? null,
    resumedAt: row.resumedAt?.toISOString() ?? null,
  };
}

function unpaused(domain: string): SendingDomainRow {
  return {
    domain,
    pausedAt: null,
    reason: null,
    advice: null,
    evidence: null,
    resumesAt: null,
    resumedAt: null,
    pauses: 0,
  };
}
