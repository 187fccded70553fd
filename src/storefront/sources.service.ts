import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan } from 'typeorm';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { isUuid, newId } from '../kernel/ids';
import { AppConfig } from '../platform/config/config';
import { Database, sqlState, type Tx } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { SourceEntity } from './data/source.entity';
import { SourceSecretEntity } from './data/source-secret.entity';
import { secretFaults, type SourceKind } from './domain/source-kind';
import { SourceDirectory } from './source-directory';

/** How long a secret that was rotated out stays good: whoever signs has a day to change over. */
const OVERLAP_MS = 24 * 3_600_000;
const UNIQUE_VIOLATION = '23505';

export interface SourceView {
  id: string;
  key: string;
  kind: SourceKind;
  name: string;
  webhookUrl: string;
  createdAt: string;
}

export interface NewSource {
  key: string;
  kind: SourceKind;
  name: string;
  /** A shop that makes its own secret gives it. */
  secret?: string | undefined;
}

/** The shops that may send events, and the secrets by which they sign. Secrets are shown once and never logged. */
@Injectable()
export class SourcesService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly audit: AuditLog,
    private readonly directory: SourceDirectory,
  ) {}

  /** Makes a source. @throws Refusal 409 when the key is taken, 422 when the secret is no good. */
  async create({ key, kind, name, secret: own }: NewSource): Promise<SourceView & { secret: string }> {
    const secret = checked(kind, own) ?? newSecret(kind);
    const createdAt = this.clock.now();
    const source: SourceEntity = { id: newId(createdAt), key, kind, name, createdAt };
    try {
      await this.database.transaction(async (tx) => {
        await tx.manager.insert(SourceEntity, source);
        await tx.manager.insert(SourceSecretEntity, this.secretOf(source, secret, createdAt));
        await this.audit.record(tx, {
          action: 'source.create',
          resource: `source:${source.id}`,
          after: { key, kind, name },
        });
      });
    } catch (error) {
      if (sqlState(error) === UNIQUE_VIOLATION) throw Refusal.conflict(`There is a source ${key} already.`);
      throw error;
    }
    this.directory.forget(key);
    return { ...this.view(source), secret };
  }

  /**
   * Gives a source a new secret. The one before stays good for a day, older ones end at once: two at most.
   *
   * @throws Refusal 404, 422
   */
  async rotate(ref: string, own?: string): Promise<{ secret: string }> {
    const now = this.clock.now();
    const { source, secret } = await this.database.transaction(async (tx) => {
      const found = await this.lock(tx, ref);
      const fresh = checked(found.kind, own) ?? newSecret(found.kind);
      const valid = { sourceId: found.id };
      const secrets = await tx.manager.find(SourceSecretEntity, {
        where: valid,
        order: { createdAt: 'DESC', id: 'DESC' },
      });
      const [current, ...older] = secrets;
      if (older.length > 0)
        await tx.manager.delete(
          SourceSecretEntity,
          older.map(({ id }) => id),
        );
      if (current) {
        const until = new Date(now.getTime() + OVERLAP_MS);
        const expiresAt = current.expiresAt && current.expiresAt < until ? current.expiresAt : until;
        await tx.manager.update(SourceSecretEntity, { id: current.id }, { expiresAt });
      }
      await tx.manager.insert(SourceSecretEntity, this.secretOf(found, fresh, now));
      await this.audit.record(tx, {
        action: 'source.rotate',
        resource: `source:${found.id}`,
        after: { key: found.key },
      });
      return { source: found, secret: fresh };
    });
    this.directory.forget(source.key);
    return { secret };
  }

  /** The sources, newest first, without secrets. */
  async list({ limit, cursor }: PageQuery): Promise<Page<SourceView>> {
    const [id] = cursor === undefined ? [undefined] : decodeCursor(cursor, 1);
    const rows = await this.database.query<SourceEntity>(
      `select id, key, kind, name, created_at as "createdAt" from sources
       where $1::uuid is null or id < $1::uuid order by id desc limit $2`,
      [id ?? null, limit + 1],
    );
    return pageOf(
      rows,
      limit,
      (row) => this.view(row),
      (row) => [row.id],
    );
  }

  /** One source with the secrets in force, told by their times alone. @throws Refusal 404 */
  async get(ref: string): Promise<SourceView & { secrets: Array<{ createdAt: string; expiresAt: string | null }> }> {
    const source = await this.find(this.database, ref);
    const secrets = await this.database.manager.find(SourceSecretEntity, {
      where: [
        { sourceId: source.id, expiresAt: MoreThan(this.clock.now()) },
        { sourceId: source.id, expiresAt: IsNull() },
      ],
      order: { createdAt: 'DESC', id: 'DESC' },
    });
    return {
      ...this.view(source),
      secrets: secrets.map(({ createdAt, expiresAt }) => ({
        createdAt: createdAt.toISOString(),
        expiresAt: expiresAt?.toISOString() ?? null,
      })),
    };
  }

  /** Deletes a source: its deliveries stay, new ones are refused. @throws Refusal 404 */
  async remove(ref: string): Promise<void> {
    const source = await this.database.transaction(async (tx) => {
      const found = await this.lock(tx, ref);
      await tx.manager.delete(SourceEntity, { id: found.id });
      const before = { key: found.key, kind: found.kind, name: found.name };
      await this.audit.record(tx, { action: 'source.delete', resource: `source:${found.id}`, before });
      return found;
    });
    this.directory.forget(source.key);
  }

  private async find(db: Pick<Database, 'manager'>, ref: string): Promise<SourceEntity> {
    const source = await db.manager.findOneBy(SourceEntity, isUuid(ref) ? { id: ref } : { key: ref });
    if (!source) throw Refusal.notFound('The source');
    return source;
  }

  private async lock(tx: Tx, ref: string): Promise<SourceEntity> {
    const where = isUuid(ref) ? { id: ref } : { key: ref };
    const source = await tx.manager.findOne(SourceEntity, { where, lock: { mode: 'pessimistic_write' } });
    if (!source) throw Refusal.notFound('The source');
    return source;
  }

  private secretOf(source: SourceEntity, secret: string, createdAt: Date): SourceSecretEntity {
    return { id: newId(createdAt), sourceId: source.id, secret, createdAt, expiresAt: null };
  }

  private view({ id, key, kind, name, createdAt }: SourceEntity): SourceView {
    const webhookUrl = `${this.config.publicUrl}/webhooks/${key}`;
    return { id, key, kind, name, webhookUrl, createdAt: createdAt.toISOString() };
  }
}

function checked(kind: SourceKind, secret: string | undefined): string | undefined {
  const faults = secret === undefined ? [] : secretFaults(kind, secret);
  if (faults.length > 0) throw Refusal.invalid(faults);
  return secret;
}

function newSecret(kind: SourceKind): string {
  return kind === 'generic' ? `whsec_${randomBytes(32).toString('base64')}` : randomBytes(32).toString('hex');
}
