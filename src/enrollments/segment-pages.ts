import { Injectable } from '@nestjs/common';
import { Refusal } from '../kernel/errors';
import { type Queryable } from '../platform/database/database';
import { SegmentConditions } from '../segments/segment-conditions';

/** Members of a segment by pages, for enrolling all who are in it now. */
@Injectable()
export class SegmentPages {
  constructor(private readonly conditions: SegmentConditions) {}

  /** @throws Refusal 422 (path `segment`) when there is no such segment. */
  async requireSegment(db: Queryable, ref: string): Promise<void> {
    const rows = await db.query('select 1 from segments where key = $1 or id::text = $1', [ref]);
    if (rows.length === 0) throw Refusal.invalid([{ path: 'segment', message: `the segment ${ref} does not exist` }]);
  }

  /** Ids of up to `limit` members as of an instant, ascending, after the id `after`. */
  async page(db: Queryable, ref: string, after: string | null, limit: number, asOf: Date): Promise<string[]> {
    const member = await this.conditions.compileRef(ref, asOf, { offset: 2 }, db);
    const rows = await db.query<{ id: string }>(
      `select c.id from customers c where ($1::uuid is null or c.id > $1::uuid) and ${member.text} order by c.id limit $2`,
      [after, limit, ...member.values],
    );
    return rows.map((row) => row.id);
  }
}
