import { type Sql } from '../../platform/database/database';
import { type SqlFragment } from '../../segments/segment-conditions';

/**
 * The zones that customers have, as stored, null for none. A walk along customers_zone_created_day: a few index look-ups
 * a zone, however many customers.
 */
export const ZONES_PRESENT = `
  with recursive z (zone) as (
    (select timezone from customers where timezone is not null order by timezone limit 1)
    union all
    select (select c.timezone from customers c where c.timezone > z.zone order by c.timezone limit 1)
    from z where z.zone is not null)
  select zone from z where zone is not null
  union all select null where (select c.timezone is null from customers c order by c.timezone desc limit 1)`;

/**
 * Whose zone it is: those named, and who has none where null is among them. `$1` names, `$2` whether null. What else is
 * asked of an indexed column stands in both halves, so that each finds its part of the index.
 */
const livesThere = (and = 'true'): string =>
  `((c.timezone = any($1::text[]) and ${and}) or ($2::boolean and c.timezone is null and ${and}))`;
const PAGE = '($3::uuid is null or c.id > $3::uuid)';

/** Which customers, and how many of them. */
export interface MemberPage {
  /** Null: wherever they live. */
  zones: ReadonlyArray<string | null> | null;
  after: string | null;
  limit: number;
}

/** Parameters that stand before the segment's own in {@link segmentMembers}. */
export const SEGMENT_OFFSET = 4;

/** Ids of the next members of a segment, ascending, after the id `after`. */
export function segmentMembers({ zones, after, limit }: MemberPage, member: SqlFragment): Sql {
  const where = zones === null ? '($1::text[] is null and $2::boolean)' : livesThere();
  return {
    text: `select c.id from customers c where ${where} and ${PAGE} and ${member.text} order by c.id limit $4`,
    values: [named(zones), zones === null || zones.includes(null), after, limit, ...member.values],
  };
}

export interface AnniversaryRow {
  id: string;
  timezone: string | null;
  base: Date | string;
}

const monthDay = (at: string): string =>
  `(date_part('month', ${at} at time zone 'UTC') * 100 + date_part('day', ${at} at time zone 'UTC'))`;

/**
 * Customers who may have an anniversary, with the value that it is counted from; a superset by at most a day to either
 * side, so that an index finds them. `monthDays` as month * 100 + day. Over 1,000,000 customers a day's look reads about
 * 8,000 of createdAt and orders.firstAt, 2,700 of an attribute.
 */
export function anniversaryCandidates(page: MemberPage, field: string, monthDays: readonly number[]): Sql {
  const zones = page.zones ?? [];
  const head = [named(zones), zones.includes(null), page.after, page.limit];
  const people = `c.deleted_at is null and c.erased_at is null and ${PAGE}`;
  if (field === 'createdAt') {
    return {
      text: `select c.id, c.timezone, c.created_at as base from customers c
        where ${people} and ${livesThere(`${monthDay('c.created_at')} = any($5::float8[])`)} order by c.id limit $4`,
      values: [...head, monthDays],
    };
  }
  if (field === 'orders.firstAt') {
    return {
      text: `select c.id, c.timezone, o.first_at as base from customer_orders o join customers c on c.id = o.customer_id
        where o.first_at is not null and ${monthDay('o.first_at')} = any($5::float8[]) and ${livesThere()} and ${people}
        order by c.id limit $4`,
      values: [...head, monthDays],
    };
  }
  const name = field.slice('attributes.'.length);
  return {
    text: `select c.id, c.timezone, c.attributes ->> $6 as base from customers c
      where attribute_days(c.attributes) <> '{}' and attribute_days(c.attributes) && $5::text[]
        and ${livesThere()} and ${people}
      order by c.id limit $4`,
    values: [...head, monthDays.map((day) => `${name}=${written(day)}`), name],
  };
}

/** Who of these customers was taken or refused by the campaign since an instant. */
export function alreadyTaken(campaignId: string, customerIds: readonly string[], since: Date): Sql {
  return {
    text: `select customer_id from enrollments
        where customer_id = any($2::uuid[]) and campaign_id = $1 and entered_at >= $3
      union select customer_id from enrollment_refusals
        where customer_id = any($2::uuid[]) and campaign_id = $1 and at >= $3`,
    values: [campaignId, customerIds, since],
  };
}

function named(zones: ReadonlyArray<string | null> | null): string[] | null {
  return zones?.filter((zone): zone is string => zone !== null) ?? null;
}

/** `MM-DD` */
function written(monthDay: number): string {
  return `${String(Math.floor(monthDay / 100)).padStart(2, '0')}-${String(monthDay % 100).padStart(2, '0')}`;
}
