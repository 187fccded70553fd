import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../platform/jobs/due-work';
import { AppLogger } from '../platform/logging/logger';
import {
  addLinks,
  auditHead,
  oldestUnchained,
  TRY_AUDIT_CHAIN,
  unchainedCount,
  unchainedLines,
} from './data/audit-chain.sql';
import { auditHash, type ChainedLine, GENESIS } from './domain/audit-hash';

/** Where the chain ends: kept elsewhere, it shows when its tail was cut off. */
export interface AuditHead {
  /** Lines in the chain; 0 for none. */
  position: number;
  /** Of the last one, 64 hex digits; zeros for none. */
  hash: string;
}

/**
 * Chains the lines of the audit log after they were committed: one process at a time, in an order of its own. Chained in
 * the writing transaction instead, every audited change would wait for the one before it to commit, and could deadlock with
 * it over rows that both change.
 */
@Injectable()
export class AuditChain implements DueWork, OnModuleInit {
  readonly name = 'audit.chain';
  readonly order = DUE_ORDER.audit;

  constructor(
    private readonly database: Database,
    private readonly registry: DueWorkRegistry,
    private readonly logger: AppLogger,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [oldest] = await this.database.query<{ at: Date }>(oldestUnchained);
    return oldest?.at ?? null;
  }

  /** Links up to four times `limit` lines; 0 when none waits or another process is at it. */
  async runDue(_now: Date, limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const [lock] = await tx.query<{ taken: boolean }>(TRY_AUDIT_CHAIN);
      if (!lock?.taken) return 0;
      const lines = await tx.query<ChainedLine>(unchainedLines(4 * limit));
      if (lines.length === 0) return 0;
      const [last] = await tx.query<AuditHead>(auditHead);
      const links: Array<{ id: string; hash: string }> = [];
      let { position, hash } = last ?? { position: 0, hash: GENESIS };
      for (const line of lines) links.push({ id: line.id, hash: (hash = auditHash(hash, ++position, line)) });
      await tx.execute(addLinks(position - links.length + 1, links));
      // Logs are kept elsewhere: what they say of the head cannot be rewritten with the database.
      tx.afterCommit(() => this.logger.info('the audit log was chained', { position, hash }));
      return links.length;
    });
  }

  /** The head, and how many lines wait to be chained. */
  async head(): Promise<AuditHead & { waiting: number }> {
    const [last] = await this.database.query<AuditHead>(auditHead);
    const [counted] = await this.database.query<{ waiting: number }>(unchainedCount);
    return { position: last?.position ?? 0, hash: last?.hash ?? GENESIS, waiting: counted?.waiting ?? 0 };
  }
}
