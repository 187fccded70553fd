import { Injectable } from '@nestjs/common';
import { type Histogram } from 'prom-client';
import { Clock } from '../../kernel/clock';
import { Database } from '../../platform/database/database';
import { AppLogger } from '../../platform/logging/logger';
import { type SendOutcome } from '../../platform/mail/send-outcome';
import { Metrics } from '../../platform/metrics/metrics';
import { type GateRequest, type LedgerEntry, writeLedger, type WrittenRow } from '../data/write-ledger.sql';

import { RefusalBook } from './refusal-book';

/** Pause before outcomes are written again that the database did not take (ms). */
const RETRY_MS = 250;
const GATE_BUCKETS = [1, 2, 3, 5, 8, 12, 20, 50];

interface Waiting<Request, Answer> {
  request: Request;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/**
 * Writes gates and outcomes to the ledger, one statement at a time: what comes in while one runs shares the next. See
 * `data/write-ledger.sql.ts` for what the statement promises. Two such lanes side by side, each with half of the
 * connections, sent no more mails a second and cost a third more of the database's CPU.
 */
@Injectable()
export class LedgerWriter {
  private gates = new Map<string, Waiting<GateRequest, WrittenRow | undefined>>();
  private entries = new Map<string, Waiting<LedgerEntry, WrittenRow | undefined>>();
  private running = false;
  private readonly shared: Histogram;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly refusals: RefusalBook,
    private readonly logger: AppLogger,
    metrics: Metrics,
  ) {
    this.shared = metrics.histogram(
      'ritorno_messages_gates_per_statement',
      'Mails that stood at the gate together and were let through by one statement',
      [],
      GATE_BUCKETS,
    );
  }

  /**
   * The late gate of one message: it may go out when the answer is committed as `sending`. Any other status says what it
   * has become instead, undefined that it is no longer this worker's. Rejects when the database cannot be asked.
   */
  gate(request: GateRequest): Promise<WrittenRow | undefined> {
    return new Promise((resolve, reject) => {
      this.gates.set(claimOf(request), { request, resolve, reject });
      void this.run();
    });
  }

  /**
   * Writes what became of a message, trying for as long as the process lives; resolves with what stands in the ledger,
   * or undefined when the message was no longer this worker's.
   */
  settle(entry: LedgerEntry): Promise<WrittenRow | undefined> {
    // An answer of the server while the gate still waits: the mail is over, the gate must not open behind it.
    const claim = claimOf(entry);
    this.gates.get(claim)?.resolve(undefined);
    this.gates.delete(claim);
    return new Promise((resolve, reject) => {
      this.entries.set(claim, { request: entry, resolve, reject });
      void this.run();
    });
  }

  /** What a refusal that was settled says of the recipient takes effect. */
  refused(messageId: string, outcome: Extract<SendOutcome, { kind: 'refused' }>): Promise<void> {
    return this.refusals.note(messageId, outcome);
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    // What this turn of the event loop brings goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.gates.size + this.entries.size > 0) await this.flush();
    this.running = false;
  }

  private async flush(): Promise<void> {
    const { gates, entries } = this;
    this.gates = new Map();
    this.entries = new Map();
    try {
      const statement = writeLedger(this.clock.now(), requests(gates), requests(entries));
      const rows = await this.database.query<WrittenRow>(statement);
      if (gates.size > 0) this.shared.observe(gates.size);
      const written = new Map(rows.map((row) => [claimOf(row), row]));
      for (const [claim, waiting] of entries) waiting.resolve(written.get(claim));
      for (const [claim, waiting] of gates) waiting.resolve(written.get(claim));
    } catch (error) {
      this.logger.failure('the ledger could not be written; outcomes are written again', error);
      for (const waiting of gates.values()) waiting.reject(error);
      for (const [claim, waiting] of entries) if (!this.entries.has(claim)) this.entries.set(claim, waiting);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** One claim of one message: a worker that slept through its lease may hold the same message under two tokens. */
function claimOf({ id, token }: { id: string; token: string }): string {
  return `${id} ${token}`;
}

function requests<Request, Answer>(waiting: ReadonlyMap<string, Waiting<Request, Answer>>): Request[] {
  return Array.from(waiting.values(), (one) => one.request);
}
