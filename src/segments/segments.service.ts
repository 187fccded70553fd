import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { mailableSql } from '../customers/customer.sql-fragments';
import { Clock } from '../kernel/clock';
import { type Fault, Refusal } from '../kernel/errors';
import { isUuid, newId } from '../kernel/ids';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import { requireMatch } from '../platform/http/etag';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import {
  deleteSegment,
  holdSegments,
  insertSegment,
  segmentByRef,
  segmentPage,
  type SegmentRow,
  updateSegment,
} from './data/segments.sql';
import { expandedParts, findCycle, type GraphSegment, segmentIndex, segmentRefs } from './domain/segment-graph';
import { memberSql, SegmentConditions } from './segment-conditions';
import { SegmentFills } from './segment-fills';
import { SegmentUses } from './segment-use';
import { type MembershipProgress, type SegmentDraft, type SegmentPreview, type SegmentView } from './segments.types';

const SAMPLE = 10;

/** Named conditions: the built-in ones and those of the shop. `...In` take part in the transaction of somebody else. */
@Injectable()
export class Segments {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly conditions: SegmentConditions,
    private readonly uses: SegmentUses,
    private readonly fills: SegmentFills,
    private readonly audit: AuditLog,
  ) {}

  /** Newest first, the built-in ones last. */
  async list({ limit, cursor }: PageQuery): Promise<Page<SegmentView>> {
    const before = cursor === undefined ? null : (decodeCursor(cursor, 1)[0] ?? null);
    const rows = await this.database.query<SegmentRow>(segmentPage(before, limit + 1));
    const progress = await this.fills.progress(
      this.database,
      rows.map(({ id }) => id),
    );
    return pageOf(
      rows,
      limit,
      (row) => viewOf(row, progress.get(row.id)),
      (row) => [row.id],
    );
  }

  /** @throws Refusal (404) */
  async get(ref: string): Promise<SegmentView> {
    return this.shown(this.database, await find(this.database, ref));
  }

  /** @throws Refusal (422 for what is wrong with it, 409 when the key is taken) */
  async create(draft: SegmentDraft): Promise<SegmentView> {
    return this.database.transaction((tx) => this.createIn(tx, draft));
  }

  /** As {@link create}. */
  async createIn(tx: Tx, draft: SegmentDraft): Promise<SegmentView> {
    await tx.execute(holdSegments);
    const createdAt = this.clock.now();
    const id = newId(createdAt);
    await this.check(tx, { ...draft, id });
    const [row] = await tx.query<SegmentRow>(insertSegment({ ...draft, id, createdAt }));
    if (!row) throw taken(draft.key);
    await this.fills.request(tx, id, createdAt);
    await this.audit.record(tx, { action: 'segment.create', resource: `segment:${id}`, after: auditOf(row) });
    return this.shown(tx, row);
  }

  /**
   * Replaces name, condition and key. The key of a segment that others refer to stays, since they may know it by it.
   *
   * @throws Refusal (404, 409, 412 for a stale `ifMatch`, 422)
   */
  async replace(ref: string, draft: SegmentDraft, ifMatch?: string): Promise<SegmentView> {
    return this.database.transaction((tx) => this.replaceIn(tx, ref, draft, ifMatch));
  }

  /** As {@link replace}. */
  async replaceIn(tx: Tx, ref: string, draft: SegmentDraft, ifMatch?: string): Promise<SegmentView> {
    await tx.execute(holdSegments);
    const before = await this.editable(tx, ref, ifMatch);
    await this.check(tx, { ...draft, id: before.id });
    if (draft.key !== before.key) {
      await this.mustBeUnused(tx, before);
      const other = await tx.query<SegmentRow>(segmentByRef(draft.key));
      if (other.length > 0) throw taken(draft.key);
    }
    const updatedAt = this.clock.now();
    const [row] = await tx.query<SegmentRow>(updateSegment({ ...draft, id: before.id, updatedAt }));
    if (!row) throw Refusal.notFound(`The segment ${ref}`);
    const isOther = JSON.stringify(row.condition) !== JSON.stringify(before.condition);
    if (isOther) await this.fills.request(tx, row.id, updatedAt);
    await this.audit.record(tx, {
      action: 'segment.update',
      resource: `segment:${row.id}`,
      before: auditOf(before),
      after: auditOf(row),
    });
    return this.shown(tx, row);
  }

  /** @throws Refusal (404, 409 while it is in use, 412) */
  async remove(ref: string, ifMatch?: string): Promise<void> {
    await this.database.transaction((tx) => this.removeIn(tx, ref, ifMatch));
  }

  /** As {@link remove}. */
  async removeIn(tx: Tx, ref: string, ifMatch?: string): Promise<void> {
    await tx.execute(holdSegments);
    const before = await this.editable(tx, ref, ifMatch);
    await this.mustBeUnused(tx, before);
    await this.fills.forget(tx, before.id);
    await tx.execute(deleteSegment(before.id));
    await this.audit.record(tx, {
      action: 'segment.delete',
      resource: `segment:${before.id}`,
      before: auditOf(before),
    });
  }

  /**
   * Counts whom a condition would mean now, how many of them marketing mail may reach, and names the newest.
   *
   * @throws Refusal (422)
   */
  async preview(condition: unknown): Promise<SegmentPreview> {
    const faults = await this.conditions.validate(condition);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const { text, values, joins } = await this.conditions.compile(condition, this.clock.now(), { whole: true });
    const [preview] = await this.database.query<SegmentPreview>(
      `with meant as materialized (
         select c.id, ${mailableSql('c')} as mailable from customers c ${joins} where ${memberSql('c')} and ${text})
       select count(*) as count, count(*) filter (where mailable) as mailable,
         array(select id from meant order by id desc limit ${SAMPLE}) as "sampleIds" from meant`,
      values,
    );
    return preview ?? { count: 0, mailable: 0, sampleIds: [] };
  }

  private async shown(db: Queryable, row: SegmentRow): Promise<SegmentView> {
    return viewOf(row, (await this.fills.progress(db, [row.id])).get(row.id));
  }

  private async editable(tx: Tx, ref: string, ifMatch: string | undefined): Promise<SegmentRow> {
    const row = await find(tx, ref);
    if (row.builtIn) throw Refusal.conflict(`The segment ${row.key} is built in and cannot be changed.`);
    requireMatch(ifMatch, row.version);
    return row;
  }

  /** Everything that is wrong with a segment as it is to be: its key, its condition, circles, size. */
  private async check(tx: Tx, draft: SegmentDraft & { id: string }): Promise<void> {
    const faults: Fault[] = [];
    if (isUuid(draft.key)) faults.push({ path: 'key', message: 'must not look like an id' });
    const parsed = this.conditions.parse(draft.condition);
    if (!parsed.ok) throw Refusal.invalid([...faults, ...parsed.faults]);
    const own: GraphSegment = { id: draft.id, key: draft.key, condition: parsed.condition };
    const all = [...(await this.conditions.segments(tx)).filter(({ id }) => id !== own.id), own];
    const cycle = findCycle(own, all);
    if (cycle) faults.push({ path: 'condition', message: `leads back to itself: ${cycle.join(' > ')}` });
    else faults.push(...(await this.conditions.validate(draft.condition, 'condition', tx)));
    if (!cycle && faults.length === 0) faults.push(...sizeFaults(own, all));
    if (faults.length > 0) throw Refusal.invalid(faults);
  }

  private async mustBeUnused(tx: Tx, segment: SegmentRow): Promise<void> {
    const others = (await this.conditions.segments(tx))
      .filter(({ condition }) => segmentRefs(condition).some((ref) => ref === segment.id || ref === segment.key))
      .map(({ key }) => `segment ${key}`);
    const uses = [...others, ...(await this.uses.usesOf(tx, segment))];
    if (uses.length > 0) throw Refusal.conflict(`The segment ${segment.key} is in use: ${uses.join(', ')}.`);
  }
}

/** A change of one segment may make another too large that refers to it. */
function sizeFaults(own: GraphSegment, all: readonly GraphSegment[]): Fault[] {
  const index = segmentIndex(all);
  const swollen = all.filter(({ condition }) => expandedParts(condition, index) === Infinity).map(({ key }) => key);
  if (swollen.length === 0) return [];
  const message = swollen.includes(own.key)
    ? 'is too large with all the segments that it refers to'
    : `makes the segments that refer to it too large: ${swollen.join(', ')}`;
  return [{ path: 'condition', message }];
}

async function find(db: Queryable, ref: string): Promise<SegmentRow> {
  const [row] = await db.query<SegmentRow>(segmentByRef(ref));
  if (!row) throw Refusal.notFound(`The segment ${ref}`);
  return row;
}

function taken(key: string): Refusal {
  return Refusal.conflict(`The key ${key} is taken.`);
}

function viewOf(row: SegmentRow, membership: MembershipProgress | undefined): SegmentView {
  return { ...auditOf(row), membership: membership ?? null };
}

/** The segment as it was written, without what becomes of it. */
function auditOf(row: SegmentRow): Omit<SegmentView, 'membership'> {
  return {
    id: row.id,
    key: row.key,
    name: row.name,
    condition: row.condition,
    builtIn: row.builtIn,
    version: row.version,
    createdAt: row.builtIn ? null : row.createdAt.toISOString(),
    updatedAt: row.builtIn ? null : row.updatedAt.toISOString(),
  };
}
