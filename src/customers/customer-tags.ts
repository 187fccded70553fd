import { Injectable } from '@nestjs/common';
import { type Tx } from '../platform/database/database';
import { lockTags, saveTags, type TaggedRow } from './data/tags.sql';
import { changeTags, type TagChange } from './domain/change-tags';
import { FactChanges } from './fact-changes';

export { type TagChange } from './domain/change-tags';

/** Tags that our own steps put on customers and take off, beside those that the shop tells. */
@Injectable()
export class CustomerTags {
  constructor(private readonly changes: FactChanges) {}

  /**
   * Adds and removes tags in the caller's transaction, in the order of the changes, with their history; three statements
   * at most, whatever the number. The list gets the version of the change, so an event of the shop that is older no longer
   * sets it and one that is newer does (`api.md` 3, Merging). Who was erased is left alone.
   *
   * @param at the clock's now
   */
  async apply(tx: Tx, changes: readonly TagChange[], at: Date): Promise<void> {
    if (changes.length === 0) return;
    const ids = [...new Set(changes.map((change) => change.customerId))];
    const rows = await tx.query<TaggedRow>(lockTags(ids));
    const changed = changeTags(rows, changes, at);
    if (changed.length === 0) return;
    await tx.execute(saveTags(changed, at));
    await this.changes.announce(tx, at, () =>
      changed.map(({ customerId }) => ({ customerId, facts: 'customers', cause: 'event', starts: true })),
    );
  }
}
