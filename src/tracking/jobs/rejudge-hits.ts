import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AuditLog } from '../../access/audit';
import { Clock } from '../../kernel/clock';
import { Database, type Tx } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { notifyDue } from '../../platform/jobs/notify';
import { SettingsStore } from '../../platform/settings/settings';
import { firstIdOf, mailsOfHits } from '../data/judge-hits.sql';
import { RULE_VERSION } from '../domain/classify-hit';
import { HitJudge } from '../hit-judge';

/** Hits of one transaction. */
const BATCH = 500;
const KEY = 'hits.judgement';

/** How far the judging anew of old hits has come. Instants are ISO 8601. */
export interface Judgement {
  /** Version of the rules. */
  version: number;
  /** Hits from here to when it was asked for. */
  since: string;
  until: string;
  status: 'running' | 'completed';
  /** Hits that were looked at, and how many of their verdicts are other ones now. */
  judged: number;
  changed: number;
}

type Stored = Judgement & { cursor: string };

/** Judges hits of the past by the rules of now, batch by batch, when somebody has asked for it. */
@Injectable()
export class RejudgeHits implements DueWork, OnModuleInit {
  readonly name = 'tracking.rejudge';
  readonly order = DUE_ORDER.hits;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly database: Database,
    private readonly settings: SettingsStore,
    private readonly judge: HitJudge,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  /** Null: it was never asked for. */
  async view(): Promise<Judgement | null> {
    const stored = await this.settings.get<Stored>(KEY);
    return stored ? shown(stored) : null;
  }

  /** Begins anew with the hits since then; one that runs is replaced. */
  async begin(since: Date): Promise<Judgement> {
    const now = this.clock.now();
    const begun: Stored = {
      version: RULE_VERSION,
      since: since.toISOString(),
      until: now.toISOString(),
      status: 'running',
      judged: 0,
      changed: 0,
      cursor: firstIdOf(since),
    };
    await this.database.transaction(async (tx) => {
      await this.settings.put(tx, KEY, begun);
      await this.audit.record(tx, { action: 'hits.judge', resource: 'hits', before: null, after: shown(begun) });
      await notifyDue(tx);
    });
    return shown(begun);
  }

  async nextDueAt(): Promise<Date | null> {
    const stored = await this.settings.get<Stored>(KEY);
    return stored?.status === 'running' ? new Date(stored.until) : null;
  }

  runDue(): Promise<number> {
    return this.database.transaction(async (tx) => {
      const stored = await this.locked(tx);
      if (stored?.status !== 'running') return 0;
      const end = firstIdOf(new Date(new Date(stored.until).getTime() + 1));
      const hits = await tx.query<{ id: string; messageId: string }>(mailsOfHits(stored.cursor, end, BATCH));
      const changed = await this.judge.judge(tx, [...new Set(hits.map(({ messageId }) => messageId))]);
      await this.settings.put(tx, KEY, {
        ...stored,
        status: hits.length < BATCH ? 'completed' : 'running',
        judged: stored.judged + hits.length,
        changed: stored.changed + changed,
        cursor: hits.at(-1)?.id ?? stored.cursor,
      } satisfies Stored);
      return hits.length;
    });
  }

  /** One process at a time; another one passes. */
  private async locked(tx: Tx): Promise<Stored | undefined> {
    const [row] = await tx.query<{ value: Stored }>(
      'select value from settings where key = $1 for update skip locked',
      [KEY],
    );
    return row?.value;
  }
}

function shown({ version, since, until, status, judged, changed }: Stored): Judgement {
  return { version, since, until, status, judged, changed };
}
