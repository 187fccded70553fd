import { isLater, versionKey, versionTime } from '../../kernel/versioned';

/** Tags to put on a customer and to take off. `source` names who does it, unique per change (`step:<enrollment>:<step>`). */
export interface TagChange {
  customerId: string;
  add: readonly string[];
  remove: readonly string[];
  source: string;
}

export interface PresentTags {
  id: string;
  tags: readonly string[];
  /** Version of the tag list; null: nobody ever set it. */
  version: string | null;
}

/** The tags of a customer after all changes, and what its history learns. */
export interface ChangedTags {
  customerId: string;
  tags: string[];
  version: string;
  /** When the list has held since: `at`, or later where an event of the shop is ahead of the clock. */
  since: Date;
  source: string;
}

/**
 * What changes make of the tags of customers, in their order: removed first, then added at the end, each tag once. Lists
 * that stay as they are are left out.
 */
export function changeTags(present: readonly PresentTags[], changes: readonly TagChange[], at: Date): ChangedTags[] {
  return present.flatMap(({ id, tags, version }): ChangedTags[] => {
    let list = [...tags];
    let source = '';
    for (const change of changes) {
      if (change.customerId !== id) continue;
      const next = [...new Set([...list.filter((tag) => !change.remove.includes(tag)), ...change.add])];
      if (next.join('\u0000') === list.join('\u0000')) continue;
      list = next;
      source = change.source;
    }
    if (source === '' || list.join('\u0000') === tags.join('\u0000')) return [];
    const own = versionKey({ at, eventId: source });
    const later = version === null || isLater(own, version);
    const since = later ? at : versionTime(version);
    return [{ customerId: id, tags: list, version: later ? own : version, since, source }];
  });
}
