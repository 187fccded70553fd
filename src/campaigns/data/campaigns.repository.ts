import { Injectable } from '@nestjs/common';
import { isUuid } from '../../kernel/ids';
import { type Queryable, type Tx } from '../../platform/database/database';
import { type Program } from '../campaign.types';
import { type CampaignRow, type NewVersion, type VersionRow } from './campaign-rows';

const COLUMNS = `c.id, c.key, c.name, c.status, c.version, c.live_version, c.revision, c.salt, c.holdout_group, c.epoch,
  c.activated_at, c.paused_at, c.archived_at, c.created_at, c.updated_at, v.definition`;
const JOINED = 'campaigns c join campaign_versions v on v.campaign_id = c.id and v.version = c.version';

/** The campaigns' tables. Administrative: one campaign at a time. */
@Injectable()
export class CampaignsRepository {
  /** By id or key; locked for a change of it when `lock`. */
  async find(db: Queryable, ref: string, lock = false): Promise<CampaignRow | undefined> {
    const [row] = await db.query<CampaignRow>(
      `select ${COLUMNS} from ${JOINED} where ${isUuid(ref) ? 'c.id = $1' : 'c.key = $1'}${lock ? ' for update of c' : ''}`,
      [ref],
    );
    return row;
  }

  /** Newest first, after the id `before`. */
  async page(db: Queryable, before: string | null, limit: number): Promise<CampaignRow[]> {
    return db.query<CampaignRow>(
      `select ${COLUMNS} from ${JOINED} where $1::uuid is null or c.id < $1::uuid order by c.id desc limit $2`,
      [before, limit],
    );
  }

  async insert(tx: Tx, campaign: CampaignRow, version: NewVersion): Promise<void> {
    await tx.execute(
      `insert into campaigns (id, key, name, status, version, live_version, revision, salt, holdout_group, epoch,
         priority, created_at, updated_at)
       values ($1, $2, $3, 'draft', $4, null, 1, $5, $6, $7, $8, $9, $9)`,
      [
        campaign.id,
        campaign.key,
        campaign.name,
        version.version,
        campaign.salt,
        campaign.holdout_group,
        version.epoch,
        campaign.definition.priority,
        campaign.created_at,
      ],
    );
    await this.insertVersion(tx, campaign.id, version, campaign.created_at, null);
  }

  async insertVersion(tx: Tx, id: string, version: NewVersion, at: Date, publishedAt: Date | null): Promise<void> {
    await tx.execute(
      `insert into campaign_versions (campaign_id, version, epoch, definition, program, created_at, published_at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        id,
        version.version,
        version.epoch,
        JSON.stringify(version.definition),
        JSON.stringify(version.program),
        at,
        publishedAt,
      ],
    );
  }

  /** Writes over the definition of a version that was never published. */
  async overwriteVersion(tx: Tx, id: string, version: NewVersion): Promise<void> {
    const touched = await tx.execute(
      `update campaign_versions set definition = $3, program = $4
       where campaign_id = $1 and version = $2 and published_at is null`,
      [id, version.version, JSON.stringify(version.definition), JSON.stringify(version.program)],
    );
    if (touched !== 1) throw new Error('a published version is immutable');
  }

  /** Writes what changed in the row and raises its revision. */
  async update(tx: Tx, row: CampaignRow): Promise<void> {
    await tx.execute(
      `update campaigns set key = $2, name = $3, status = $4, version = $5, live_version = $6, salt = $7,
         holdout_group = $8, epoch = $9, priority = $10, activated_at = $11, paused_at = $12, archived_at = $13,
         updated_at = $14, revision = revision + 1
       where id = $1`,
      [
        row.id,
        row.key,
        row.name,
        row.status,
        row.version,
        row.live_version,
        row.salt,
        row.holdout_group,
        row.epoch,
        row.definition.priority,
        row.activated_at,
        row.paused_at,
        row.archived_at,
        row.updated_at,
      ],
    );
  }

  async publish(tx: Tx, id: string, version: number, at: Date): Promise<void> {
    await tx.execute('update campaign_versions set published_at = $3 where campaign_id = $1 and version = $2', [
      id,
      version,
      at,
    ]);
  }

  async remove(tx: Tx, id: string): Promise<void> {
    await tx.execute('delete from campaign_versions where campaign_id = $1', [id]);
    await tx.execute('delete from campaigns where id = $1', [id]);
  }

  /** Newest first, below the version `before`. */
  async versions(db: Queryable, id: string, before: number | null, limit: number): Promise<VersionRow[]> {
    return db.query<VersionRow>(
      `select version, epoch, definition, created_at, published_at from campaign_versions
       where campaign_id = $1 and ($2::int is null or version < $2) order by version desc limit $3`,
      [id, before, limit],
    );
  }

  /** The programs of the published versions, the first first. */
  async programs(db: Queryable, id: string): Promise<Array<{ version: number; program: Program }>> {
    return db.query(
      `select version, program from campaign_versions
       where campaign_id = $1 and published_at is not null order by version`,
      [id],
    );
  }

  /** One version. */
  async version(db: Queryable, id: string, version: number): Promise<VersionRow | undefined> {
    const [row] = await db.query<VersionRow>(
      `select version, epoch, definition, created_at, published_at from campaign_versions
       where campaign_id = $1 and version = $2`,
      [id, version],
    );
    return row;
  }

  /** The salt of a group of campaigns that hold out the same people. Serialised, so that two first ones agree. */
  async groupSalt(tx: Tx, group: string, exceptId: string | null): Promise<string | undefined> {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('holdout_group:' || $1, 0))`, [group]);
    const [row] = await tx.query<{ salt: string }>(
      `select salt from campaigns where holdout_group = $1 and ($2::uuid is null or id <> $2) order by id limit 1`,
      [group, exceptId],
    );
    return row?.salt;
  }

  /** The keys that begin with `stem`. */
  async keysLike(db: Queryable, stem: string): Promise<string[]> {
    const rows = await db.query<{ key: string }>('select key from campaigns where starts_with(key, $1)', [stem]);
    return rows.map((row) => row.key);
  }
}
