import { Injectable } from '@nestjs/common';
import { FactSources } from '../customers/fact-source';
import { type Queryable, type Tx } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import {
  fillsOf,
  type FillView,
  FORGET_SEGMENT,
  HOLD_MEMBERSHIP,
  requestFill,
  unkeptBuiltIn,
} from './data/membership.sql';
import { askedFacts } from './domain/asked-facts';
import { type Condition } from './domain/condition';
import { type GraphSegment, segmentIndex, segmentRefs } from './domain/segment-graph';
import { SegmentConditions } from './segment-conditions';
import { type MembershipProgress, UNENGAGED } from './segments.types';

/** Has the members of segments filled in, in the background, when a segment is new, changed or gone. */
@Injectable()
export class SegmentFills {
  constructor(
    private readonly conditions: SegmentConditions,
    private readonly sources: FactSources,
  ) {}

  /**
   * For a segment whose condition is new, as it stands in `tx`, and for all that refer to it: who is a member is found
   * out anew, silently, and from now on changes of the facts that it asks about are heard of.
   *
   * @param at the clock's now
   */
  async request(tx: Tx, segmentId: string, at: Date): Promise<void> {
    const segments = await this.conditions.segments(tx);
    const index = segmentIndex(segments);
    const conditionOf = (ref: string): Condition => conditionIn(index, ref);
    await tx.execute(HOLD_MEMBERSHIP);
    for (const id of dependents(segmentId, segments, index)) await this.requestOne(tx, id, conditionOf, at);
    await notifyDue(tx);
  }

  /**
   * Whoever begins by `unengaged` has its members kept from then on, as those of the shop's own segments are. Before that
   * nobody asks for it often enough to pay for it with every mail and every event. Nothing happens for any other segment.
   *
   * @param at the clock's now
   */
  async keepFor(tx: Tx, ref: string, at: Date): Promise<void> {
    const [wanted] = await tx.query<{ id: string }>(unkeptBuiltIn(ref, UNENGAGED));
    if (!wanted) return;
    const index = segmentIndex(await this.conditions.segments(tx));
    await tx.execute(HOLD_MEMBERSHIP);
    await this.requestOne(tx, wanted.id, (one) => conditionIn(index, one), at);
    await notifyDue(tx);
  }

  private async requestOne(tx: Tx, id: string, conditionOf: (ref: string) => Condition, at: Date): Promise<void> {
    const asks = askedFacts(conditionOf(id), conditionOf, (name) => this.sourceOf(name));
    await tx.execute(requestFill(id, [...asks].sort(), at));
  }

  /** A segment is deleted: nobody is in it any more. Its history stays. */
  async forget(tx: Tx, segmentId: string): Promise<void> {
    await tx.execute(HOLD_MEMBERSHIP);
    for (const statement of FORGET_SEGMENT) await tx.execute(statement, [segmentId]);
  }

  /** How far the members of segments are known; the built-in ones are judged when asked and have none. */
  async progress(db: Queryable, segmentIds: readonly string[]): Promise<Map<string, MembershipProgress>> {
    const rows = await db.query<FillView>(fillsOf(segmentIds));
    return new Map(rows.map(({ segmentId, ...fill }) => [segmentId, progressOf(fill)]));
  }

  private sourceOf(name: string): string {
    const source = this.sources
      .all()
      .find(({ fields, happenings = [] }) => [...fields, ...happenings].some((one) => one.name === name));
    if (!source) throw new Error(`${name} belongs to no source of facts`);
    return source.name;
  }
}

function conditionIn(index: ReadonlyMap<string, GraphSegment>, ref: string): Condition {
  const found = index.get(ref);
  if (!found) throw new Error(`the segment ${ref} does not exist`);
  return found.condition;
}

function progressOf({ status, done, total }: Omit<FillView, 'segmentId'>): MembershipProgress {
  const shown = status === 'requested' ? 'waiting' : status;
  // Who comes in while it goes on is looked at too.
  return { status: shown, done, total: Math.max(done, total) };
}

/** The segment and all of the shop's that refer to it, directly or not. Built-in ones refer to none. */
function dependents(
  segmentId: string,
  segments: readonly GraphSegment[],
  index: ReadonlyMap<string, GraphSegment>,
): string[] {
  const found = new Set([segmentId]);
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const { id, condition } of segments) {
      if (segmentRefs(condition).some((ref) => found.has(index.get(ref)?.id ?? ''))) found.add(id);
    }
  }
  return [...found];
}
