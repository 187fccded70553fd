import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database';
import { type SourceKind } from './domain/source-kind';

/** A source as the door needs it. */
export interface KnownSource {
  id: string;
  key: string;
  kind: SourceKind;
  secrets: ReadonlyArray<{ secret: string; expiresAt: Date | null }>;
}

/** How long another process may take to notice a rotation or a deletion. Real time, not the clock's. */
const FRESH_MS = 1_000;

interface Cached {
  source: Promise<KnownSource | undefined>;
  readAt: number;
}

/**
 * The sources by key, kept for a second: a burst of webhooks costs one read. What this process changes it forgets at
 * once; a signature that does not fit is judged again after a fresh read.
 */
@Injectable()
export class SourceDirectory {
  private readonly cache = new Map<string, Cached>();

  constructor(private readonly database: Database) {}

  /** @param fresh do not answer from before this call. */
  find(key: string, fresh = false): Promise<KnownSource | undefined> {
    const known = this.cache.get(key);
    if (known && !fresh && performance.now() - known.readAt < FRESH_MS) return known.source;
    const source = this.read(key);
    // Unknown keys are not remembered: anybody can ask for any number of them.
    this.cache.set(key, { source, readAt: performance.now() });
    void source.then(
      (found) => found ?? this.cache.delete(key),
      () => this.cache.delete(key),
    );
    return source;
  }

  forget(key: string): void {
    this.cache.delete(key);
  }

  private async read(key: string): Promise<KnownSource | undefined> {
    const rows = await this.database.query<Omit<KnownSource, 'secrets'> & { secret: string; expiresAt: Date | null }>(
      `select s.id, s.key, s.kind, p.secret, p.expires_at as "expiresAt"
       from sources s join source_secrets p on p.source_id = s.id where s.key = $1`,
      [key],
    );
    const [first] = rows;
    if (!first) return undefined;
    const secrets = rows.map(({ secret, expiresAt }) => ({ secret, expiresAt }));
    return { id: first.id, key: first.key, kind: first.kind, secrets };
  }
}
