import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';

/** Port: a module whose figures rest on hits that were there before. Register in `onModuleInit`. */
export interface HitWatch {
  /**
   * Takes note of hits of the past that say something else than they did: their verdict has changed, or they were written
   * late, after an outage. One cheap statement a batch.
   */
  hitsChanged(db: Queryable, hitIds: readonly string[]): Promise<void>;
}

/** Who hears of hits that changed afterwards. */
@Injectable()
export class HitWatches {
  private readonly watches: HitWatch[] = [];

  register(watch: HitWatch): void {
    this.watches.push(watch);
  }

  async tell(db: Queryable, hitIds: readonly string[]): Promise<void> {
    if (hitIds.length > 0) for (const watch of this.watches) await watch.hitsChanged(db, hitIds);
  }
}
