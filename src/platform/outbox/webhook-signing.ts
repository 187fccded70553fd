import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { Database, type Tx } from '../database/database';
import { SettingsStore } from '../settings/settings';
import { newSigningSecret, SECRET_OVERLAP_MS } from './signing-secret';

const KEY = 'webhook-signing';

interface Stored {
  secret: string;
  createdAt: string;
  previous: { secret: string; validUntil: string } | null;
}

/** What may be known of the secrets without knowing them. */
export interface SigningState {
  createdAt: string | null;
  previousValidUntil: string | null;
}

/** The secrets by which receivers know that a webhook is ours. */
@Injectable()
export class WebhookSigning {
  constructor(
    private readonly database: Database,
    private readonly settings: SettingsStore,
    private readonly clock: Clock,
  ) {}

  /** The secrets to sign with now, the present one first; the first is made when it is needed. */
  async secrets(): Promise<string[]> {
    const stored = (await this.settings.get<Stored>(KEY)) ?? (await this.database.transaction((tx) => this.first(tx)));
    const previous =
      stored.previous && new Date(stored.previous.validUntil) > this.clock.now() ? stored.previous : null;
    return [stored.secret, ...(previous ? [previous.secret] : [])];
  }

  async state(): Promise<SigningState> {
    const stored = await this.settings.get<Stored>(KEY);
    return { createdAt: stored?.createdAt ?? null, previousValidUntil: stored?.previous?.validUntil ?? null };
  }

  /** A new secret (`whsec_` and base64), told here and never again; the one before signs beside it for a day. */
  async rotate(tx: Tx): Promise<SigningState & { secret: string }> {
    await lock(tx);
    const now = this.clock.now();
    const before = await this.settings.get<Stored>(KEY, tx);
    const validUntil = new Date(now.getTime() + SECRET_OVERLAP_MS).toISOString();
    const next = newSecret(now, before ? { secret: before.secret, validUntil } : null);
    await this.settings.put(tx, KEY, next);
    return { secret: next.secret, createdAt: next.createdAt, previousValidUntil: next.previous?.validUntil ?? null };
  }

  private async first(tx: Tx): Promise<Stored> {
    await lock(tx);
    const known = await this.settings.get<Stored>(KEY, tx);
    if (known) return known;
    const made = newSecret(this.clock.now(), null);
    await this.settings.put(tx, KEY, made);
    return made;
  }
}

async function lock(tx: Tx): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('${KEY}', 0))`);
}

function newSecret(now: Date, previous: Stored['previous']): Stored {
  return { secret: newSigningSecret(), createdAt: now.toISOString(), previous };
}
