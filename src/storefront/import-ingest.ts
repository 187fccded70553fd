import { Injectable } from '@nestjs/common';
import { Outcomes } from '../attribution/outcomes';
import { Suppressions } from '../customers/suppressions';
import { Exposures } from '../enrollments/exposures';
import { AppConfig } from '../platform/config/config';
import { Database, sqlState, type Tx } from '../platform/database/database';
import { AppLogger } from '../platform/logging/logger';
import {
  CLAIM_IMPORT,
  countChunk,
  OLDEST_RUNNING,
  type RunningImport,
  storeRejected,
  takeChunk,
} from './data/imports.sql';
import { type Fact } from './domain/fact';
import { type ImportRow, rawOf, type ReadRows, readRows, type RejectedRow } from './domain/import-rows';
import { blameOf } from './domain/poison';
import { FactApplier } from './fact-applier';

/** The share held out of an experiment run elsewhere, where the import names none. */
const DEFAULT_HOLDOUT = 0.5;

/** Works off imports whose file has arrived, a chunk at a time, each chunk in one transaction. */
@Injectable()
export class ImportIngest {
  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly applier: FactApplier,
    private readonly suppressions: Suppressions,
    private readonly exposures: Exposures,
    private readonly outcomes: Outcomes,
    private readonly logger: AppLogger,
  ) {}

  /** Since when the oldest import waits to be worked off; null when none does. */
  async oldestRunning(): Promise<Date | null> {
    const [row] = await this.database.query<{ startedAt: Date }>(OLDEST_RUNNING);
    return row?.startedAt ?? null;
  }

  /** Works off one chunk and returns how many rows it had; 0 when other processes are at all that run. */
  async workOff(now: Date): Promise<number> {
    try {
      return await this.chunk(now, (tx, read) => this.apply(tx, read, now));
    } catch (error) {
      if (blameOf(sqlState(error), error) === 'moment') throw error;
      this.logger.failure('a chunk of an import breaks; its rows are tried one by one', error);
      return this.chunk(now, (tx, read) => this.applyEach(tx, read, now));
    }
  }

  private async chunk(now: Date, apply: (tx: Tx, read: ReadRows) => Promise<RejectedRow[]>): Promise<number> {
    return this.database.transaction(async (tx) => {
      const [running] = await tx.query<RunningImport>(CLAIM_IMPORT);
      if (!running) return 0;
      const [chunk] = await tx.query<{ rows: ImportRow[] }>(takeChunk(running.id));
      const rows = chunk?.rows ?? [];
      const read = readRows(running.kind, rows, {
        importId: running.id,
        at: running.createdAt,
        storeCurrency: this.config.store.currency,
      });
      const rejected = [
        ...read.rejected,
        ...(await apply(tx, read)),
        ...(await this.expose(tx, read, running.holdout ?? DEFAULT_HOLDOUT, now)),
      ];
      if (rejected.length > 0) await tx.execute(storeRejected(running.id, rejected));
      const rejectedRows = new Set(rejected.map(({ row }) => row)).size;
      await tx.execute(countChunk(running.id, rows.length, rejectedRows, now));
      return Math.max(rows.length, 1);
    });
  }

  /** Orders that are known already may follow an exposure: they are looked at anew. */
  private async expose(
    tx: Tx,
    { exposures, exposureRows }: ReadRows,
    holdout: number,
    now: Date,
  ): Promise<RejectedRow[]> {
    if (exposures.length === 0) return [];
    const { customerIds, refused } = await this.exposures.add(tx, exposures, holdout, now);
    if (customerIds.length > 0) await this.outcomes.revisit(tx, customerIds, now);
    return refused.flatMap(({ at, field, message }) => {
      const row = exposureRows[at];
      return row && 'values' in row ? [{ row: row.row, column: field, message, raw: rawOf(row.values) }] : [];
    });
  }

  private async apply(tx: Tx, { facts, suppressions }: ReadRows, now: Date): Promise<RejectedRow[]> {
    await this.applier.apply(tx, facts, now);
    await this.suppressions.add(tx, suppressions);
    return [];
  }

  /** Each fact behind a savepoint of its own: the one that breaks is left out with its rows, the others are kept. */
  private async applyEach(tx: Tx, { facts, rowsOf, suppressions }: ReadRows, now: Date): Promise<RejectedRow[]> {
    const rejected: RejectedRow[] = [];
    for (const [i, fact] of facts.entries()) {
      if (!(await this.survives(tx, fact, now))) rejected.push(...(rowsOf[i] ?? []).map(brokenRow));
    }
    await this.suppressions.add(tx, suppressions);
    return rejected;
  }

  private async survives(tx: Tx, fact: Fact, now: Date): Promise<boolean> {
    await tx.execute('savepoint import_row');
    try {
      await this.applier.apply(tx, [fact], now);
      await tx.execute('release savepoint import_row');
      return true;
    } catch (error) {
      if (blameOf(sqlState(error), error) === 'moment') throw error;
      await tx.execute('rollback to savepoint import_row');
      return false;
    }
  }
}

function brokenRow(row: ImportRow): RejectedRow {
  const raw = 'values' in row ? rawOf(row.values) : row.raw;
  return { row: row.row, column: '', message: 'could not be stored: a fault of ours, which the log has', raw };
}
