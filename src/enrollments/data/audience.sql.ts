import { type Basis } from '../../campaigns/campaign.types';
import {
  consentIsOneOfJoinedSql,
  pausedSql,
  topicOnSql,
  UNSUBSCRIBED_ADDRESSES,
} from '../../customers/customer.sql-fragments';
import { type Frequency } from '../../customers/wishes';
import { type Sql } from '../../platform/database/database';
import { memberSql, type SqlFragment } from '../../segments/segment-conditions';
import { firstDrawNotBelow, heldOutByHashSql } from '../holdout-draw-sql';

/** In which spans instants count, by zone as it stands with a customer (empty: none). */
export interface ZoneSpan {
  zone: string;
  after: Date;
  upto: Date | null;
}

/** So many mails within a time. */
export interface AudienceCap {
  maxMessages: number;
  spans: readonly ZoneSpan[];
}

/** What decides about each customer; fragments are boolean and take their parameters from where they were compiled. */
export interface AudienceQuestion {
  campaignId: string;
  basis: Basis;
  /** What its mails are about, if that can be switched off. */
  topic: string | null;
  now: Date;
  /** Over `c`, compiled for the whole base: the trigger's segment and the audience. */
  matches: readonly SqlFragment[];
  /** Over `c`, likewise; null: nobody is held back. */
  onHold: SqlFragment | null;
  cap: AudienceCap | null;
  /** What people may have asked for themselves, by name; counted where there is one at all. */
  ownCaps: ReadonlyArray<AudienceCap & { frequency: Frequency }>;
  holdout: { salt: string; share: number };
  /** The period of the global holdout in force, of a transactional campaign none. */
  globalHoldout: { salt: string; share: number } | null;
  /** What the entry rule says of those who were in it before. */
  again: 'never' | 'unless_active' | 'always' | { within: readonly ZoneSpan[] };
}

export interface AudienceRow {
  matched: number;
  consented: number;
  mailable: number;
  not_capped: number;
  held_out: number;
  held_globally: number;
  on_hold: number;
  held: number;
  entered: number;
  will_send: number;
}

/** All zones that customers have, as they stand with them. */
export const zonesInUse: Sql = {
  text: `select distinct coalesce(timezone, '') as zone from customers where deleted_at is null and erased_at is null`,
};

/** What people have asked for in fewer mails. */
export const frequenciesInUse: Sql = {
  text: `select distinct wishes->'frequency'->>'value' as frequency from customers
    where wishes ? 'frequency' and wishes->'frequency'->>'value' is not null`,
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
  const caps = basis === 'transactional' ? [] : [...(question.cap ? [question.cap] : []), ...question.ownCaps];
  const values: unknown[] = [...matches, ...(onHold ? [onHold] : [])].flatMap((fragment) => fragment.values);
  /** A parameter of the statement's own, behind those of the fragments. */
  const bind = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const text = `
    with past as materialized (
      select customer_id, max(entered_at) as last_entered_at, (array_agg(arm order by entered_at, id))[1] as first_arm,
        bool_or(status = 'active' and entry_key = '') as is_active
      from enrollments where campaign_id = ${bind(campaignId, 'uuid')} group by customer_id
    ), capped as materialized (${caps.length > 0 ? caps.map((cap) => cappedSql(cap, bind)).join(' union ') : NOBODY}),
    sieved as (
      select c.id, p.first_arm, (p.customer_id is not null and ${againSql(again, bind)}) as refused,
        ${onHold ? `${onHold.text} is true` : 'false'} as held_back,
        case when not ${consentedSql(basis)}${notWantedSql(question, bind)} then 0 when c.email is null or su.address is not null then 1
          when k.customer_id is not null then 2 else 3 end as sieve
      from customers c left join past p on p.customer_id = c.id left join capped k on k.customer_id = c.id
        left join ${UNSUBSCRIBED_ADDRESSES} un on un.email = c.email
        left join ${suppressedAddresses(basis)} su on su.address = c.email
        left join customer_orders co on co.customer_id = c.id and co.count > 0
        ${[...matches, ...(onHold ? [onHold] : [])].map((fragment) => fragment.joins).join('')}
      where ${memberSql('c')}${matches.map((fragment) => ` and ${fragment.text}`).join('')}
      offset 0
    ), drawn as (
      select s.*, s.sieve = 3 and ${heldGloballySql(question, bind)} as held_globally from sieved s offset 0
    ), counted as (
      select s.sieve, s.refused, s.held_globally,
        s.sieve = 3 and not s.held_globally and ${heldOutSql(question.holdout, bind)} as held_out,
        s.sieve = 3 and s.held_back as on_hold
      from drawn s offset 0
    )
    select count(*) as matched, count(*) filter (where sieve >= 1) as consented,
      count(*) filter (where sieve >= 2) as mailable, count(*) filter (where sieve = 3) as not_capped,
      count(*) filter (where held_out) as held_out, count(*) filter (where held_globally) as held_globally,
      count(*) filter (where on_hold) as on_hold,
      count(*) filter (where held_out or held_globally or on_hold) as held,
      count(*) filter (where sieve = 3 and not held_out and not held_globally and not on_hold and refused) as entered,
      count(*) filter (where sieve = 3 and not held_out and not held_globally and not on_hold and not refused)
        as will_send
    from counted`;
  return { text, values };
}

type Bind = (value: unknown, type: string) => string;

/** Transactional mail passes what is suppressed for marketing mail alone. */
const suppressedAddresses = (basis: Basis): string => `(
  select distinct address from suppressions
  where ${basis === 'transactional' ? `scope = 'all' and ` : ''}address is not null)`;

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
function cappedSql(cap: AudienceCap & { frequency?: Frequency }, bind: Bind): string {
  const { maxMessages, spans, frequency } = cap;
  const [first] = spans;
  const isOne = first && spans.every(({ after, upto }) => upto === null && after.getTime() === first.after.getTime());
  const since = new Date(Math.min(...spans.map(({ after }) => after.getTime())));
  const recent = `select customer_id, at from contacts where at > ${bind(since, 'timestamptz')} and state <> 'released'`;
  // Fenced: what lies in the window is found by time, before anything is asked about whose it is.
  const people = `join customers c on c.id = k.customer_id`;
  const inSpans = (): string => `join ${spansSql(spans, bind)} on ${countsSql('k.at')}`;
  const asked = frequency && `where c.wishes->'frequency'->>'value' = ${bind(frequency, 'text')}`;
  return `select k.customer_id from (${recent} offset 0) k ${isOne && !asked ? '' : people} ${isOne ? '' : inSpans()}
    ${asked ?? ''} group by k.customer_id having count(*) >= ${bind(maxMessages, 'int')}`;
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

/** Whom a pause of their own, or a topic that is off, keeps from what others are sent. */
function notWantedSql({ basis, topic, now }: AudienceQuestion, bind: Bind): string {
  if (basis === 'transactional') return '';
  const off = topic === null ? '' : ` or not ${topicOnSql('c', bind(topic, 'text'))}`;
  return ` or ${pausedSql('c', bind(now, 'timestamptz'))}${off}`;
}

/** Who belongs to the global holdout; asked before the arm, and of who is in the campaign too. */
function heldGloballySql({ globalHoldout }: AudienceQuestion, bind: Bind): string {
  if (!globalHoldout) return 'false';
  const below = bind(firstDrawNotBelow(globalHoldout.share), 'bytea');
  return heldOutByHashSql(bind(globalHoldout.salt, 'text'), 's.id', below);
}

/**
 * The arm: the first one ever is kept, else drawn as `holdoutDraw` does. Only what is drawn costs a hash.
 */
function heldOutSql({ salt, share }: AudienceQuestion['holdout'], bind: Bind): string {
  if (share === 0) return `coalesce(s.first_arm = 'holdout', false)`;
  const isDrawn =
    share >= 1 ? 'true' : heldOutByHashSql(bind(salt, 'text'), 's.id', bind(firstDrawNotBelow(share), 'bytea'));
  return `case when s.first_arm is not null then s.first_arm = 'holdout' else ${isDrawn} end`;
}
