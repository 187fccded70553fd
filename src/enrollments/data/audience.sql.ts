import { type Basis } from '../../campaigns/campaign.types';
import { consentIsOneOfJoinedSql, UNSUBSCRIBED_ADDRESSES } from '../../customers/customer.sql-fragments';
import { type Sql } from '../../platform/database/database';
import { memberSql, type SqlFragment } from '../../segments/segment-conditions';

/** In which spans instants count, by zone as it stands with a customer (empty: none). */
export interface ZoneSpan {
  zone: string;
  after: Date;
  upto: Date | null;
}

/** What decides about each customer; fragments are boolean and take their parameters from where they were compiled. */
export interface AudienceQuestion {
  campaignId: string;
  basis: Basis;
  /** Over `c`, compiled for the whole base: the trigger's segment and the audience. */
  matches: readonly SqlFragment[];
  /** Over `c`, likewise; null: nobody is held back. */
  onHold: SqlFragment | null;
  cap: { maxMessages: number; spans: readonly ZoneSpan[] } | null;
  holdout: { salt: string; share: number };
  /** What the entry rule says of those who were in it before. */
  again: 'never' | 'unless_active' | 'always' | { within: readonly ZoneSpan[] };
}

export interface AudienceRow {
  matched: number;
  consented: number;
  mailable: number;
  not_capped: number;
  held_out: number;
  on_hold: number;
  held: number;
  entered: number;
  will_send: number;
}

/** All zones that customers have, as they stand with them. */
export const zonesInUse: Sql = {
  text: `select distinct coalesce(timezone, '') as zone from customers where deleted_at is null and erased_at is null`,
};

/**
 * Counts everybody whom a campaign means, sieve by sieve, in one statement over sets: one pass over the customers, joined
 * with what is unsubscribed and suppressed, the contacts of the window (found by their time: contacts_at), the
 * enrollments of the campaign and the facts of the conditions. Nothing is looked up person by person, which over a
 * million takes ten times as long, and nothing stands in a subquery of a `case`: beyond work_mem those are no longer
 * hashed but read through for each person.
 *
 * The rules are those of `decideEntry`, `mayMail` and `ContactDesk`; a test counts the same people with these.
 */
export function countAudience(question: AudienceQuestion): Sql {
  const { campaignId, basis, matches, onHold, again } = question;
  const values: unknown[] = [...matches, ...(onHold ? [onHold] : [])].flatMap((fragment) => fragment.values);
  /** A parameter of the statement's own, behind those of the fragments. */
  const bind = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const cap = basis === 'transactional' ? null : question.cap;
  const text = `
    with past as materialized (
      select customer_id, max(entered_at) as last_entered_at, (array_agg(arm order by entered_at, id))[1] as first_arm,
        bool_or(status = 'active' and entry_key = '') as is_active
      from enrollments where campaign_id = ${bind(campaignId, 'uuid')} group by customer_id
    ), capped as materialized (${cap ? cappedSql(cap, bind) : NOBODY}),
    sieved as (
      select c.id, p.first_arm, (p.customer_id is not null and ${againSql(again, bind)}) as refused,
        ${onHold ? `${onHold.text} is true` : 'false'} as held_back,
        case when not ${consentedSql(basis)} then 0 when c.email is null or su.address is not null then 1
          when k.customer_id is not null then 2 else 3 end as sieve
      from customers c left join past p on p.customer_id = c.id left join capped k on k.customer_id = c.id
        left join ${UNSUBSCRIBED_ADDRESSES} un on un.email = c.email
        left join ${SUPPRESSED_ADDRESSES} su on su.address = c.email
        left join customer_orders co on co.customer_id = c.id and co.count > 0
        ${[...matches, ...(onHold ? [onHold] : [])].map((fragment) => fragment.joins).join('')}
      where ${memberSql('c')}${matches.map((fragment) => ` and ${fragment.text}`).join('')}
      offset 0
    ), counted as (
      select s.sieve, s.refused, s.sieve = 3 and ${heldOutSql(question.holdout, bind)} as held_out,
        s.sieve = 3 and s.held_back as on_hold
      from sieved s offset 0
    )
    select count(*) as matched, count(*) filter (where sieve >= 1) as consented,
      count(*) filter (where sieve >= 2) as mailable, count(*) filter (where sieve = 3) as not_capped,
      count(*) filter (where held_out) as held_out, count(*) filter (where on_hold) as on_hold,
      count(*) filter (where held_out or on_hold) as held,
      count(*) filter (where sieve = 3 and not held_out and not on_hold and refused) as entered,
      count(*) filter (where sieve = 3 and not held_out and not on_hold and not refused) as will_send
    from counted`;
  return { text, values };
}

type Bind = (value: unknown, type: string) => string;

const SUPPRESSED_ADDRESSES = `(
  select distinct address from suppressions where scope = 'all' and address is not null)`;

const NOBODY = 'select null::uuid as customer_id where false';

/** Spans as a relation `s (zone, after, upto)`. */
function spansSql(spans: readonly ZoneSpan[], bind: Bind): string {
  const zones = bind(
    spans.map(({ zone }) => zone),
    'text[]',
  );
  const after = bind(
    spans.map((span) => span.after),
    'timestamptz[]',
  );
  const upto = bind(
    spans.map((span) => span.upto),
    'timestamptz[]',
  );
  return `unnest(${zones}, ${after}, ${upto}) as s (zone, after, upto)`;
}

/** Whether an instant counts for the customer `c`. */
function countsSql(at: string): string {
  return `s.zone = coalesce(c.timezone, '') and ${at} > s.after and (s.upto is null or ${at} <= s.upto)`;
}

/** Who has no room left in the window. */
function cappedSql({ maxMessages, spans }: NonNullable<AudienceQuestion['cap']>, bind: Bind): string {
  const [first] = spans;
  const isOne = first && spans.every(({ after, upto }) => upto === null && after.getTime() === first.after.getTime());
  const since = new Date(Math.min(...spans.map(({ after }) => after.getTime())));
  const recent = `select customer_id, at from contacts where at > ${bind(since, 'timestamptz')} and state <> 'released'`;
  // Fenced: what lies in the window is found by time, before anything is asked about whose it is.
  const inSpans = (): string =>
    `join customers c on c.id = k.customer_id join ${spansSql(spans, bind)} on ${countsSql('k.at')}`;
  return `select k.customer_id from (${recent} offset 0) k ${isOne ? '' : inSpans()}
    group by k.customer_id having count(*) >= ${bind(maxMessages, 'int')}`;
}

/** Whether the entry rule refuses somebody who was in it before. */
function againSql(again: AudienceQuestion['again'], bind: Bind): string {
  if (again === 'never') return 'true';
  if (again === 'always') return 'false';
  if (again === 'unless_active') return 'p.is_active';
  const counts = countsSql('p.last_entered_at');
  return `(p.is_active or exists (select 1 from ${spansSql(again.within, bind)} where ${counts}))`;
}

/** As `mayMail` asks about consent, on each basis; `un` and `co` are joined. */
function consentedSql(basis: Basis): string {
  if (basis === 'transactional') return 'true';
  const isOneOf = (statuses: string): string => consentIsOneOfJoinedSql('c', 'un', `'{${statuses}}'::text[]`, false);
  if (basis === 'consent') return isOneOf('subscribed');
  return `(${isOneOf('subscribed')} or (co.customer_id is not null and ${isOneOf('pending,none')}))`;
}

/**
 * The arm: the first one ever is kept, else drawn as `holdoutDraw` does, the first 53 bits of the hash over 2^53 being
 * less than the share: that is, the hash being less than those bits of the share, byte by byte. Only what is drawn costs a
 * hash.
 */
function heldOutSql({ salt, share }: AudienceQuestion['holdout'], bind: Bind): string {
  if (share === 0) return `coalesce(s.first_arm = 'holdout', false)`;
  const hash = `sha256(convert_to(${bind(salt, 'text')} || ':holdout:' || s.id::text, 'UTF8'))`;
  const isDrawn = share >= 1 ? 'true' : `${hash} < ${bind(firstDrawNotBelow(share), 'bytea')}`;
  return `case when s.first_arm is not null then s.first_arm = 'holdout' else ${isDrawn} end`;
}

/** The first 8 bytes of the least hash whose draw is not below a share < 1. */
function firstDrawNotBelow(share: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(Math.ceil(share * 2 ** 53)) << 11n);
  return bytes;
}
