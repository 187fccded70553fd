import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';

/** Port: a module that refers to segments by id or key. Register in `onModuleInit` with {@link SegmentUses}. */
export interface SegmentUse {
  /** What uses the segment now, each as a person would name it: `campaign win-back`. Empty: it may go. */
  usesOf(db: Queryable, segment: { id: string; key: string }): Promise<string[]>;
}

/** All that may refer to a segment; one that is in use cannot be deleted. */
@Injectable()
export class SegmentUses {
  private readonly list: SegmentUse[] = [];

  register(use: SegmentUse): void {
    this.list.push(use);
  }

  async usesOf(db: Queryable, segment: { id: string; key: string }): Promise<string[]> {
    const uses: string[] = [];
    for (const use of this.list) uses.push(...(await use.usesOf(db, segment)));
    return uses;
  }
}
