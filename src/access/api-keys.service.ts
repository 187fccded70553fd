import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { Database } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { AuditLog } from './audit';
import { ApiKeyEntity } from './data/api-key.entity';
import { type Role } from './roles';

/** The caller behind a key. */
export interface Caller {
  keyId: string;
  name: string;
  role: Role;
}

export interface ApiKeyView {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
}

const PREFIX_LENGTH = 16;
const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();
const prefixOf = (key: string): string => key.slice(0, PREFIX_LENGTH);

/** Makes, lists, deletes and recognises API keys: 256 random bits, stored hashed, looked up by their prefix. */
@Injectable()
export class ApiKeysService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {}

  /** Makes a key; `key` in the answer is shown this once. */
  async create(name: string, role: Role): Promise<ApiKeyView & { key: string }> {
    const key = `rit_${randomBytes(32).toString('base64url')}`;
    const entity = this.entity(name, role, key);
    await this.database.transaction(async (tx) => {
      await tx.manager.insert(ApiKeyEntity, entity);
      await this.audit.record(tx, {
        action: 'api-key.create',
        resource: `api-key:${entity.id}`,
        after: { name, role },
      });
    });
    return { ...view(entity), key };
  }

  /** Makes sure the bootstrap admin key of the configuration is known; harmless when several processes do so at once. */
  async ensure(name: string, role: Role, key: string): Promise<void> {
    const entity = this.entity(name, role, key);
    await this.database.execute(
      `insert into api_keys (id, name, role, prefix, hash, created_at) values ($1, $2, $3, $4, $5, $6)
       on conflict (hash) do nothing`,
      [entity.id, name, role, entity.prefix, entity.hash, entity.createdAt],
    );
  }

  /** Whether any admin key exists. */
  async hasAdmin(): Promise<boolean> {
    return this.database.manager.existsBy(ApiKeyEntity, { role: 'admin' });
  }

  async list({ limit, cursor }: PageQuery): Promise<Page<ApiKeyView>> {
    const [at, id] = cursor === undefined ? [null, null] : decodeCursor(cursor, 2);
    const rows = await this.database.query<{ id: string; name: string; role: Role; createdAt: Date }>(
      `select id, name, role, created_at as "createdAt" from api_keys
       where $1::timestamptz is null or (created_at, id) < ($1::timestamptz, $2::uuid)
       order by created_at desc, id desc limit $3`,
      [at, id, limit + 1],
    );
    return pageOf(rows, limit, view, (row) => [row.createdAt.toISOString(), row.id]);
  }

  /** Deletes a key; it stops working at once. @throws Refusal 404. */
  async remove(id: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const entity = await tx.manager.findOneBy(ApiKeyEntity, { id });
      if (!entity) throw Refusal.notFound('The API key');
      await tx.manager.delete(ApiKeyEntity, { id });
      await this.audit.record(tx, {
        action: 'api-key.delete',
        resource: `api-key:${id}`,
        before: { name: entity.name, role: entity.role },
      });
    });
  }

  /** Who calls with this key; undefined for an unknown one. Compares hashes in constant time. */
  async recognise(key: string): Promise<Caller | undefined> {
    const wanted = hashOf(key);
    const rows = await this.database.query<{ id: string; name: string; role: Role; hash: Buffer }>(
      'select id, name, role, hash from api_keys where prefix = $1',
      [prefixOf(key)],
    );
    const found = rows.find((row) => timingSafeEqual(row.hash, wanted));
    return found && { keyId: found.id, name: found.name, role: found.role };
  }

  private entity(name: string, role: Role, key: string): ApiKeyEntity {
    const createdAt = this.clock.now();
    return { id: newId(createdAt), name, role, prefix: prefixOf(key), hash: hashOf(key), createdAt };
  }
}

function view(key: { id: string; name: string; role: Role; createdAt: Date }): ApiKeyView {
  return { id: key.id, name: key.name, role: key.role, createdAt: key.createdAt.toISOString() };
}
