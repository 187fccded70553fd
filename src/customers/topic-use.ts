import { Injectable } from '@nestjs/common';
import { type Queryable } from '../platform/database/database';

/** Port: a module that refers to topics by key. Register in `onModuleInit` with {@link TopicUses}. */
export interface TopicUse {
  /** What uses the topic now, each as a person would name it: `campaign win-back`. Empty: it may go. */
  usesOf(db: Queryable, topic: string): Promise<string[]>;
}

/** All that may refer to a topic; one that is in use cannot be removed. */
@Injectable()
export class TopicUses {
  private readonly list: TopicUse[] = [];

  register(use: TopicUse): void {
    this.list.push(use);
  }

  async usesOf(db: Queryable, topic: string): Promise<string[]> {
    const uses: string[] = [];
    for (const use of this.list) uses.push(...(await use.usesOf(db, topic)));
    return uses;
  }
}
