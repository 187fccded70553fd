import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';

/** Port: a module that refers to coupon pools by id or key. Register in `onModuleInit` with {@link PoolUses}. */
export interface PoolUse {
  /** What uses the pool now, each as a person would name it: `campaign win-back`. */
  usesOf(db: Queryable, pool: { id: string; key: string }): Promise<string[]>;
}

/** All that may refer to a pool; one that is in use cannot be deleted or get another key. */
@Injectable()
export class PoolUses {
  private readonly list: PoolUse[] = [];

  register(use: PoolUse): void {
    this.list.push(use);
  }

  async usesOf(db: Queryable, pool: { id: string; key: string }): Promise<string[]> {
    const uses: string[] = [];
    for (const use of this.list) uses.push(...(await use.usesOf(db, pool)));
    return uses;
  }
}
