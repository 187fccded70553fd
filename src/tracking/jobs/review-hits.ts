import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { takeReviews } from '../data/judge-hits.sql';
import { HitJudge } from '../hit-judge';

/** Mails of one transaction at most. */
const BATCH = 200;

/** Judges clicks once more when what stands around them is known: link scanners are recognised by their haste. */
@Injectable()
export class ReviewHits implements DueWork, OnModuleInit {
  readonly name = 'tracking.review';
  readonly order = DUE_ORDER.hits;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly database: Database,
    private readonly judge: HitJudge,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date }>('select at from hit_reviews order by at limit 1');
    return row?.at ?? null;
  }

  runDue(_now: Date, limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const due = await tx.query<{ id: string }>(takeReviews(Math.min(limit, BATCH)));
      await this.judge.judge(
        tx,
        due.map(({ id }) => id),
      );
      return due.length;
    });
  }
}
