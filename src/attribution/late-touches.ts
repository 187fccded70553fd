import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';
import { type HitWatch, HitWatches } from '../tracking/hit-watch';
import { Outcomes } from './outcomes';

/** Credits follow the hits: what turns out to be a machine's is taken back, what comes late is credited. */
@Injectable()
export class LateTouches implements HitWatch, OnModuleInit {
  constructor(
    private readonly watches: HitWatches,
    private readonly outcomes: Outcomes,
  ) {}

  onModuleInit(): void {
    this.watches.register(this);
  }

  hitsChanged(db: Queryable, hitIds: readonly string[]): Promise<void> {
    return this.outcomes.revisitTouched(db, hitIds);
  }
}
