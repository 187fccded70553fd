import { type Sql } from '../../platform/database/database';
import { HIDDEN_LINK } from '../../messages/hidden-link';

/** The part of the statement that records hits: mails with clicks are to be judged by what stands around them. */
export const QUEUE_REVIEWS = `insert into hit_reviews (message_id, at)
        select message_id, min(at) from known where kind = 'click' group by 1 order by 1
        on conflict (message_id) do nothing`;

/** Where a click on the hidden link leads: `param` is the shop's address. No link of a mail has its number. */
export function hiddenLinkSql(g: string, param: string): string {
  return `case when ${g}.link_index = ${HIDDEN_LINK} then ${param}::text end`;
}

/** Takes mails out of the queue; a click that comes from now on queues its mail again. */
export function takeReviews(limit: number): Sql {
  return {
    text: `
      delete from hit_reviews r using (
        select message_id from hit_reviews order by at limit $1 for update skip locked
      ) due
      where r.message_id = due.message_id returning r.message_id as id`,
    values: [limit],
  };
}

/** The mails of hits in the order of their ids, from one on: at most so many hits are passed. */
export function mailsOfHits(after: string, until: string, limit: number): Sql {
  return {
    text: `
      select message_id as "messageId", id from hits
      where id > $1 and id <= $2 and kind in ('open', 'click') order by id limit $3`,
    values: [after, until, limit],
  };
}

/** What the judge has to know of mails. */
export function mailsToJudge(ids: readonly string[]): Sql {
  return {
    text: `
      select m.id, m.sent_at as "sentAt", coalesce(cardinality(c.links), 0) as links,
        nullif(split_part(m.recipient, '@', 2), '') as domain
      from messages m left join message_contents c on c.message_id = m.id where m.id = any($1::uuid[])`,
    values: [ids],
  };
}

/** Opens and clicks of mails; of a mail with more hits than anybody makes, the first ones. */
export function hitsOfMails(ids: readonly string[]): Sql {
  return {
    text: `
      select h.id, h.message_id as "messageId", h.kind, h.link_index as "linkIndex", h.at, h.user_agent as "userAgent",
        h.method, h.rule, h.rule_version as "ruleVersion"
      from unnest($1::uuid[]) as m (id)
      cross join lateral (
        select * from hits where message_id = m.id and kind in ('open', 'click') order by at, id limit 1000
      ) h`,
    values: [ids],
  };
}

/** Mails to the domains given with a click in one of the spans of time; hit ids begin with their time. */
export function neighbours(
  domains: readonly string[],
  spans: ReadonlyArray<readonly [Date, Date]>,
  limit: number,
): Sql {
  return {
    text: `
      select distinct h.message_id as id
      from unnest($2::uuid[], $3::uuid[]) as s (first, last)
      join hits h on h.id between s.first and s.last and h.kind = 'click'
      join messages m on m.id = h.message_id
      where split_part(m.recipient, '@', 2) = any($1::text[]) limit $4`,
    values: [domains, spans.map(([from]) => floorId(from, '0')), spans.map(([, to]) => floorId(to, 'f')), limit],
  };
}

/** Locks mails, so that nobody marks them between the look at their hits and the writing of their marks. */
export function lockMails(ids: readonly string[]): Sql {
  return { text: 'select 1 from messages where id = any($1::uuid[]) order by id for update', values: [ids] };
}

/** Writes verdicts; returns the mails whose figures change by them, with what their hits now say. */
export function writeVerdicts(verdicts: ReadonlyArray<{ id: string; rule: string | null }>, version: number): Sql {
  return {
    text: `
      update hits h set machine = v.rule is not null, rule = v.rule, rule_version = $3
      from unnest($1::uuid[], $2::text[]) as v (id, rule) where h.id = v.id
      returning h.message_id as id`,
    values: [verdicts.map(({ id }) => id), verdicts.map(({ rule }) => rule), version],
  };
}

/** The marks that the hits of mails make as they stand now. */
export function marksOfHits(ids: readonly string[]): Sql {
  const first = (kind: string, machine: boolean): string =>
    `min(at) filter (where kind = '${kind}' and ${machine ? '' : 'not '}machine)`;
  return {
    text: `
      select message_id as "messageId", ${first('open', false)} as "openedAt", ${first('open', true)} as "machineOpenedAt",
        ${first('click', false)} as "clickedAt", ${first('click', true)} as "machineClickedAt"
      from hits where message_id = any($1::uuid[]) group by 1`,
    values: [ids],
  };
}

/** The id before all ids of an instant. */
export function firstIdOf(at: Date): string {
  return floorId(at, '0');
}

/** The least (`fill` 0) or greatest (f) id of an instant. */
function floorId(at: Date, fill: '0' | 'f'): string {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0') + fill.repeat(20);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
