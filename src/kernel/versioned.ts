/** Which event set something: its own time (`updatedAt`, else `occurredAt`) and its id. */
export interface Version {
  at: Date;
  eventId: string;
}

/**
 * A version as text that sorts as versions compare: by time, then by rank (a cancel wins over an equal time), then by
 * event id. Compare two with `<` and `>`.
 */
export function versionKey(version: Version, rank: 0 | 1 = 0): string {
  return `${version.at.toISOString()}|${rank}|${version.eventId}`;
}

/** The time of a version key. */
export function versionTime(key: string): Date {
  return new Date(key.slice(0, key.indexOf('|')));
}

/** The event id of a version key. */
export function versionEvent(key: string): string {
  return key.slice(key.indexOf('|') + 3);
}

/** The version keys of the fields of something, by field. A field that nobody ever set has none. */
export type FieldVersions = Record<string, string>;

/** Whether `key` may set what `known` has set: it is later. An equal key is the same event again and changes nothing. */
export function isLater(key: string, known: string | undefined): boolean {
  return known === undefined || key > known;
}

/** Events by version: the canonical order in which a batch is worked off, so that arrival order does not matter. */
export function byVersion(a: Version, b: Version): number {
  const difference = a.at.getTime() - b.at.getTime();
  if (difference !== 0) return difference;
  return a.eventId < b.eventId ? -1 : a.eventId > b.eventId ? 1 : 0;
}
