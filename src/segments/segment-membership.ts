import { Injectable } from '@nestjs/common';
import { WHOLE } from '../customers/changed-facts';
import { CustomerEvents } from '../customers/customer-events';
import { AppConfig } from '../platform/config/config';
import { Database, type Tx } from '../platform/database/database';
import {
  beginFill,
  type DueLook,
  dueLooks,
  fillPage,
  type FillRow,
  forgetLooks,
  judge,
  type JudgedRow,
  NEXT_MEMBERSHIP_WORK,
  noteFill,
  OLDEST_FILL,
  setHorizon,
  takeTouches,
  type TouchRow,
  TRY_MEMBERSHIP,
  WATCHING_SEGMENTS,
  writeChanges,
  writeLooks,
} from './data/membership.sql';
import { decideMemberships, type Judged, type MembershipReason, type SegmentNews } from './domain/decide-memberships';
import { type Edge, edgesOf, nextLook } from './domain/next-look';
import { type GraphSegment, segmentIndex } from './domain/segment-graph';
import { memberSql, SegmentConditions } from './segment-conditions';

/** Customers of a fill that are judged at once: 5,000 took 40 ms to 150 ms, by the condition. */
const FILL_PAGE = 5_000;

/**
 * Keeps the members of the shop's own segments: by facts, from the queue of those that changed; by time, from the clock
 * of who has to be looked at again because a window moves; and a new or changed segment by going through all customers
 * once, in pages. Each works on sets by key, so it costs by the number of customers concerned. All of them judge a
 * customer anew from the facts and write only what is different, so it does not matter how often or in which order.
 */
@Injectable()
export class SegmentMembership {
  /** All segments, read once a transaction: none can change while a worker is at it. */
  private readonly graphs = new WeakMap<Tx, Promise<Map<string, GraphSegment>>>();

  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly conditions: SegmentConditions,
    private readonly events: CustomerEvents,
  ) {}

  /** When the next membership has to be looked at; in the past while something is to be done. */
  async nextWorkAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date | null }>(NEXT_MEMBERSHIP_WORK);
    return row?.at ?? null;
  }

  /**
   * Works off up to `limit` due looks, up to `limit` changes of facts, and a page of a fill, each in a transaction of
   * its own. Returns how many customers were looked at; 0 also when another process is at it.
   */
  async work(now: Date, limit: number): Promise<number> {
    const looked = await this.alone((tx) => this.sweep(tx, now, limit));
    const touched = await this.alone((tx) => this.workOffTouches(tx, now, limit));
    return looked + touched + (await this.alone((tx) => this.fill(tx, now)));
  }

  private alone(work: (tx: Tx) => Promise<number>): Promise<number> {
    return this.database.transaction(async (tx) => {
      const [row] = await tx.query<{ taken: boolean }>(TRY_MEMBERSHIP);
      return row?.taken ? work(tx) : 0;
    });
  }

  /** Those for whom a window has moved: an index range, whatever the number of customers. */
  private async sweep(tx: Tx, now: Date, limit: number): Promise<number> {
    const looks = await tx.query<DueLook>(dueLooks(now, limit));
    if (looks.length === 0) return 0;
    const segments = new Map((await tx.query<FillRow>(WATCHING_SEGMENTS)).map((fill) => [fill.segmentId, fill]));
    for (const [segmentId, own] of groupBy(looks, (look) => look.segmentId)) {
      const fill = segments.get(segmentId);
      // What the fill has yet to come to it will judge itself; until then the clock has nothing to say.
      const due = fill ? own.filter(({ customerId }) => isKnown(fill, customerId)) : [];
      if (fill && due.length > 0) {
        const at = new Map(due.map(({ customerId, lookAt }) => [customerId, lookAt]));
        await this.judge(tx, fill, [...at.keys()], now, (id) => ({
          cause: 'time',
          starts: true,
          reference: null,
          at: at.get(id) ?? now,
        }));
      }
      const ahead = own.filter((look) => !due.includes(look));
      if (ahead.length > 0) {
        await tx.execute(
          writeLooks(
            segmentId,
            ahead.map(({ customerId }) => ({ customerId, at: null })),
          ),
        );
      }
    }
    await tx.execute(forgetLooks(looks));
    return looks.length;
  }

  /** Those whose facts have changed, for the segments that ask about these facts. */
  private async workOffTouches(tx: Tx, now: Date, limit: number): Promise<number> {
    const touches = await tx.query<TouchRow>(takeTouches(limit));
    if (touches.length === 0) return 0;
    for (const fill of await tx.query<FillRow>(WATCHING_SEGMENTS)) {
      const asks = new Set([...fill.asks, WHOLE]);
      const reasons = new Map<string, MembershipReason>();
      for (const { customerId, facts, cause, starts, reference } of touches) {
        if (!asks.has(facts) || !isKnown(fill, customerId)) continue;
        const known = reasons.get(customerId);
        // What may start something outweighs what may not, the later the earlier.
        if (!known || starts || !known.starts) reasons.set(customerId, { cause, starts, reference, at: now });
      }
      if (reasons.size === 0) continue;
      await this.judge(tx, fill, [...reasons.keys()], now, (id) => reasons.get(id) ?? silent(now));
    }
    return touches.length;
  }

  /** A step of the fill that was asked for first: telling whom to wait for, having waited, or a page of customers. */
  private async fill(tx: Tx, now: Date): Promise<number> {
    const [fill] = await tx.query<FillRow>(OLDEST_FILL);
    if (!fill) return 0;
    switch (fill.status) {
      case 'requested':
        return tx.execute(setHorizon(fill.segmentId));
      case 'waiting':
        return tx.execute(beginFill(fill.segmentId));
      case 'filling': {
        const page = await tx.query<{ id: string }>(fillPage(fill.afterCustomerId, FILL_PAGE));
        const ids = page.map(({ id }) => id);
        if (ids.length > 0) await this.judge(tx, fill, ids, now, () => silent(now));
        await tx.execute(noteFill(fill.segmentId, ids.length, ids.at(-1) ?? null, now));
        return Math.max(1, ids.length);
      }
      case 'ready':
        return 0;
      default:
        return fill.status satisfies never;
    }
  }

  private async judge(
    tx: Tx,
    fill: FillRow,
    customerIds: readonly string[],
    now: Date,
    reasonOf: (customerId: string) => MembershipReason,
  ): Promise<void> {
    const judged = await this.judgements(tx, fill, customerIds, now);
    const { changes, looks, news } = decideMemberships(judged, reasonOf);
    if (changes.length > 0) await tx.execute(writeChanges(fill.segmentId, changes));
    if (looks.length > 0) await tx.execute(writeLooks(fill.segmentId, looks));
    await this.events.record(
      tx,
      news.map((one) => eventOf(fill, one)),
      now,
    );
  }

  private async judgements(tx: Tx, fill: FillRow, customerIds: readonly string[], now: Date): Promise<Judged[]> {
    const { text, values } = await this.conditions.compile(fill.condition, now, { offset: OWN_PARAMS }, tx);
    const member = { text: `(${memberSql('c')} and ${text})`, values };
    const { edges, bound } = await this.edges(tx, fill, now, OWN_PARAMS + values.length);
    const texts = edges.map(({ sql }) => sql);
    const rows = await tx.query<JudgedRow>(judge(fill.segmentId, customerIds, member, { texts, values: bound }));
    const { timezone } = this.config.store;
    return rows.map((row) => ({
      customerId: row.id,
      holds: row.holds,
      member: row.member,
      lookAt: row.lookAt,
      nextLookAt: nextLook(
        edges,
        edges.map((_edge, i) => row[`edge${i}`] ?? null),
        now,
        timezone,
      ),
    }));
  }

  private graph(tx: Tx): Promise<Map<string, GraphSegment>> {
    let graph = this.graphs.get(tx);
    if (!graph) this.graphs.set(tx, (graph = this.conditions.segments(tx).then(segmentIndex)));
    return graph;
  }

  private async edges(tx: Tx, fill: FillRow, now: Date, offset: number): Promise<{ edges: Edge[]; bound: unknown[] }> {
    const index = await this.graph(tx);
    const conditionOf = (ref: string) => {
      const found = index.get(ref);
      if (!found) throw new Error(`the segment ${ref} does not exist`);
      return found.condition;
    };
    const bound: unknown[] = [];
    const edges = edgesOf(conditionOf(fill.segmentId), {
      customer: 'c',
      asOf: now,
      zone: this.config.store.timezone,
      param: (value, cast) => `$${offset + bound.push(value)}::${cast}`,
      segment: conditionOf,
      field: (name) => this.conditions.catalogue.find(name)?.field,
    });
    return { edges, bound };
  }
}

/** Parameters of the judging statement before those of the condition. */
const OWN_PARAMS = 2;

/** Whether the fill has come to the customer, so that what follows from then on is a change. */
function isKnown({ status, afterCustomerId }: FillRow, customerId: string): boolean {
  return status === 'ready' || (afterCustomerId !== null && customerId <= afterCustomerId);
}

function silent(at: Date): MembershipReason {
  return { cause: 'fill', starts: false, reference: null, at };
}

function eventOf({ segmentId, key }: FillRow, { customerId, entered, reason }: SegmentNews) {
  return {
    customerId,
    type: entered ? 'segment.entered' : 'segment.left',
    occurredAt: reason.at,
    properties: { segment: key, segmentId, cause: reason.cause },
    reference: reason.reference,
    starts: true,
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
