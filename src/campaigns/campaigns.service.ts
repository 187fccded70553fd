import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { KEY_PATTERN, newId } from '../kernel/ids';
import { Database, type Queryable, sqlState, type Tx } from '../platform/database/database';
import { requireMatch } from '../platform/http/etag';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { CampaignHandovers } from './campaign-handovers';
import { CampaignReferences } from './campaign-references';
import { type CampaignDefinition, type Program } from './campaign.types';
import {
  type CampaignVersionView,
  type CampaignView,
  campaignView,
  inOrder,
  type WrittenCampaign,
} from './campaign-view';
import { CampaignWarnings } from './campaign-warnings';
import { type CampaignRow } from './data/campaign-rows';
import { CampaignsRepository } from './data/campaigns.repository';
import { compile } from './domain/compile';
import { DATE_HAS_PASSED, movesToThePast } from './domain/passed-date';
import { planChange } from './domain/plan-change';
import { readDefinition } from './domain/read-definition';

const UNIQUE_VIOLATION = '23505';

/** A campaign with its entity tag. */
export interface Tagged<T> {
  campaign: T;
  revision: number;
}

/**
 * Campaigns and their versions: making, reading, changing. Their life with people in them belongs to enrollments. `...In`
 * take part in the transaction of somebody else; there a key that is taken is Postgres' own error (23505).
 */
@Injectable()
export class Campaigns {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly repository: CampaignsRepository,
    private readonly references: CampaignReferences,
    private readonly warnings: CampaignWarnings,
    private readonly handovers: CampaignHandovers,
    private readonly audit: AuditLog,
  ) {}

  /** Campaigns, newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<CampaignView>> {
    const before = cursor === undefined ? null : (decodeCursor(cursor, 1)[0] ?? null);
    const rows = await this.repository.page(this.database, before, limit + 1);
    return pageOf(rows, limit, campaignView, (row) => [row.id]);
  }

  /** @throws Refusal 404. */
  async get(ref: string): Promise<Tagged<CampaignView>> {
    const row = await this.require(this.database, ref);
    return { campaign: campaignView(row), revision: row.revision };
  }

  /** The row behind a `:ref`. @throws Refusal 404. */
  async require(db: Queryable, ref: string, lock = false): Promise<CampaignRow> {
    const row = await this.repository.find(db, ref, lock);
    if (!row) throw Refusal.notFound(`The campaign ${ref}`);
    return row;
  }

  /** Makes a draft. @throws Refusal 422 with every fault of the definition, 409 for a key that is taken. */
  async create(body: unknown): Promise<Tagged<WrittenCampaign>> {
    return refusingTakenKeys(() => this.database.transaction((tx) => this.createIn(tx, body)));
  }

  /** As {@link create}. */
  async createIn(tx: Tx, body: unknown): Promise<Tagged<WrittenCampaign>> {
    const { definition, program } = await this.read(tx, body);
    const row = await this.insertDraft(tx, definition, program);
    await this.audit.record(tx, { action: 'campaign.create', resource: `campaign:${row.id}`, after: definition });
    return this.written(tx, row);
  }

  /**
   * Replaces the definition: a draft's is written over, a live campaign gets a new version that is published at once
   * (who is in it finishes theirs).
   * @throws Refusal 404, 409 (archived, key taken, a new key while others hand over to it), 412, 422.
   */
  async replace(ref: string, body: unknown, ifMatch: string | undefined): Promise<Tagged<WrittenCampaign>> {
    return refusingTakenKeys(() => this.database.transaction((tx) => this.replaceIn(tx, ref, body, ifMatch)));
  }

  /** As {@link replace}. */
  async replaceIn(tx: Tx, ref: string, body: unknown, ifMatch: string | undefined): Promise<Tagged<WrittenCampaign>> {
    const row = await this.require(tx, ref, true);
    requireMatch(ifMatch, row.revision);
    if (row.status === 'archived') {
      throw Refusal.conflict(`The campaign ${row.key} is archived; duplicate it instead.`);
    }
    const { definition, program } =
      row.status === 'draft' ? await this.read(tx, body) : await this.readToPublish(tx, row, body);
    if (definition.key !== row.key) await this.mustBeUnused(tx, row);
    const after = await this.change(tx, row, definition, program);
    if (after !== row) {
      const resource = `campaign:${row.id}`;
      await this.audit.record(tx, {
        action: 'campaign.update',
        resource,
        before: row.definition,
        after: definition,
      });
    }
    return this.written(tx, after);
  }

  /** Deletes a draft. @throws Refusal 404, 409 for one that was ever activated or that others hand over to, 412. */
  async remove(ref: string, ifMatch: string | undefined): Promise<void> {
    await this.database.transaction((tx) => this.removeIn(tx, ref, ifMatch));
  }

  /** As {@link remove}. */
  async removeIn(tx: Tx, ref: string, ifMatch: string | undefined): Promise<void> {
    const row = await this.require(tx, ref, true);
    requireMatch(ifMatch, row.revision);
    if (row.status !== 'draft') {
      throw Refusal.conflict(`The campaign ${row.key} is ${row.status}; only drafts can be deleted.`);
    }
    await this.mustBeUnused(tx, row);
    await this.repository.remove(tx, row.id);
    await this.audit.record(tx, { action: 'campaign.delete', resource: `campaign:${row.id}`, before: row.definition });
  }

  /** The versions, newest first. */
  async versions(ref: string, { limit, cursor }: PageQuery): Promise<Page<CampaignVersionView>> {
    const { id } = await this.require(this.database, ref);
    const before = cursor === undefined ? null : Number(decodeCursor(cursor, 1)[0]);
    if (before !== null && !Number.isSafeInteger(before)) {
      throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list; start again without it' }]);
    }
    const rows = await this.repository.versions(this.database, id, before, limit + 1);
    return pageOf(
      rows,
      limit,
      (row) => ({
        version: row.version,
        epoch: row.epoch,
        createdAt: row.created_at.toISOString(),
        publishedAt: row.published_at?.toISOString() ?? null,
        definition: inOrder(row.definition),
      }),
      (row) => [String(row.version)],
    );
  }

  /**
   * A new draft with the same definition and a salt of its own. Without a key of its own it is called `<key>-copy`.
   * @throws Refusal 404, 409, 422.
   */
  async duplicate(ref: string, wish: { key?: string; name?: string }): Promise<Tagged<WrittenCampaign>> {
    return refusingTakenKeys(() =>
      this.database.transaction(async (tx) => {
        const from = await this.require(tx, ref);
        const key = wish.key ?? (await this.freeKey(tx, from.key));
        if (!KEY_PATTERN.test(key)) {
          throw Refusal.invalid([{ path: 'key', message: 'must consist of a-z, 0-9 and -, 64 characters at most' }]);
        }
        const name = wish.name ?? `${from.name} (copy)`.slice(0, 200);
        const { definition, program } = await this.read(tx, { ...from.definition, key, name });
        const row = await this.insertDraft(tx, definition, program);
        const resource = `campaign:${row.id}`;
        await this.audit.record(tx, {
          action: 'campaign.duplicate',
          resource,
          after: { from: from.id, ...definition },
        });
        return this.written(tx, row);
      }),
    );
  }

  /** Reads and checks a definition against what it names. @throws Refusal 422 with all faults. */
  async read(tx: Queryable, body: unknown): Promise<{ definition: CampaignDefinition; program: Program }> {
    const read = readDefinition(body);
    const resolved = await this.references.resolve(tx, read);
    const faults = [...read.faults, ...resolved.faults];
    if (faults.length > 0) throw Refusal.invalid(faults, 'The definition of the campaign is not valid.');
    return {
      definition: read.definition,
      program: compile(
        read.definition,
        resolved.templateIds,
        resolved.campaignIds,
        resolved.surveyIds,
        resolved.couponPoolIds,
      ),
    };
  }

  /**
   * As {@link read}, for a definition that is about to run as a version of a campaign.
   * @throws Refusal 422, also for hand-overs in a circle.
   */
  async readToPublish(
    tx: Tx,
    campaign: { id: string },
    body: unknown,
  ): Promise<{ definition: CampaignDefinition; program: Program }> {
    const read = await this.read(tx, body);
    await this.handovers.refuseCircles(tx, { id: campaign.id, key: read.definition.key }, read.program);
    await this.references.prepare(tx, read.definition, this.clock.now());
    return read;
  }

  /** Those who hand over to it name it by its key. */
  private async mustBeUnused(tx: Tx, { id, key }: CampaignRow): Promise<void> {
    const uses = (await this.handovers.comingFrom(tx, id)).map((other) => `campaign ${other}`);
    if (uses.length > 0) throw Refusal.conflict(`The campaign ${key} is in use: ${uses.join(', ')}.`);
  }

  private async insertDraft(tx: Tx, definition: CampaignDefinition, program: Program): Promise<CampaignRow> {
    const now = this.clock.now();
    const group = definition.holdoutGroup ?? null;
    const row: CampaignRow = {
      id: newId(now),
      key: definition.key,
      name: definition.name,
      status: 'draft',
      version: 1,
      live_version: null,
      revision: 1,
      salt: await this.saltFor(tx, group, null),
      holdout_group: group,
      epoch: 1,
      activated_at: null,
      paused_at: null,
      archived_at: null,
      created_at: now,
      updated_at: now,
      definition,
    };
    await this.repository.insert(tx, row, { version: 1, epoch: 1, definition, program });
    return row;
  }

  private async change(
    tx: Tx,
    row: CampaignRow,
    definition: CampaignDefinition,
    program: Program,
  ): Promise<CampaignRow> {
    const plan = planChange(row, definition);
    if (plan.kind === 'unchanged') return row;
    if (plan.kind === 'refused') throw Refusal.invalid(plan.faults);
    const now = this.clock.now();
    const { version, epoch } = plan;
    const publishes = plan.kind === 'publish';
    if (publishes && movesToThePast(row.definition.trigger, definition.trigger, now)) {
      throw Refusal.invalid([DATE_HAS_PASSED]);
    }
    if (publishes) await this.repository.insertVersion(tx, row.id, { version, epoch, definition, program }, now, now);
    else await this.repository.overwriteVersion(tx, row.id, { version, epoch, definition, program });
    const group = definition.holdoutGroup ?? null;
    const after: CampaignRow = {
      ...row,
      key: definition.key,
      name: definition.name,
      version,
      epoch,
      live_version: publishes ? version : row.live_version,
      salt: group === row.holdout_group ? row.salt : await this.saltFor(tx, group, row.id),
      holdout_group: group,
      definition,
      updated_at: now,
    };
    await this.repository.update(tx, after);
    return { ...after, revision: row.revision + 1 };
  }

  /** The group's salt where the campaign belongs to one that has one, else a new one. */
  private async saltFor(tx: Tx, group: string | null, exceptId: string | null): Promise<string> {
    const shared = group === null ? undefined : await this.repository.groupSalt(tx, group, exceptId);
    return shared ?? randomBytes(16).toString('hex');
  }

  private async freeKey(tx: Tx, key: string): Promise<string> {
    const stem = `${key.slice(0, 56)}-copy`;
    const taken = new Set(await this.repository.keysLike(tx, stem));
    for (let n = 1; ; n++) {
      const wish = n === 1 ? stem : `${stem}-${n}`;
      if (!taken.has(wish)) return wish;
    }
  }

  private async written(tx: Tx, row: CampaignRow): Promise<Tagged<WrittenCampaign>> {
    const warnings = await this.warnings.of(tx, row);
    return { campaign: { ...campaignView(row), warnings }, revision: row.revision };
  }
}

/** Has a key that is taken told as a refusal (409). */
export async function refusingTakenKeys<T>(fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) throw Refusal.conflict('The key is taken by another campaign.');
    throw error;
  }
}
