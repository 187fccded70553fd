/**
 * SQL over one row of `customers`, to be put into the statements of modules downstream. `c` is the alias of the row.
 */

/** Whether the person's own unsubscribe of the address is in force (it holds for whoever has the address). */
const optedOut = (c: string): string =>
  `exists (select 1 from address_optouts oo where oo.email = ${c}.email and oo.lifted_at is null)`;

/**
 * Whether another record with the same address was unsubscribed by the shop no earlier than this one was told
 * otherwise: an unsubscribe holds for the address, `consent.status` shows it for every customer who has it.
 */
const unsubscribedElsewhere = (c: string): string =>
  `exists (select 1 from customers ou where ou.email = ${c}.email and ou.consent_status = 'unsubscribed'
     and ou.id <> ${c}.id and (${c}.consent_version_at is null or ou.consent_version_at >= ${c}.consent_version_at))`;

/** The consent status in force (text): the shop's word, unless an unsubscribe of the address overrules it. */
export function effectiveConsentSql(c: string): string {
  return `(case when ${c}.email is null then ${c}.consent_status
    when ${optedOut(c)} then 'unsubscribed'
    when ${c}.consent_status <> 'unsubscribed' and ${unsubscribedElsewhere(c)} then 'unsubscribed'
    else ${c}.consent_status end)`;
}

/**
 * Whether the consent in force is one of `statuses` (an expression, text[]); `withUnsubscribed` says whether
 * `unsubscribed` is among them. The same as comparing {@link effectiveConsentSql}, in plain (anti) joins that a scan of
 * all customers can hash.
 */
export function consentIsOneOfSql(c: string, statuses: string, withUnsubscribed: boolean): string {
  const said = `${c}.consent_status = any(${statuses})`;
  // Its own row cannot be among them where it matters: there the status is not `unsubscribed`.
  const elsewhere = `exists (select 1 from customers ou
     where ou.email = ${c}.email and ou.consent_status = 'unsubscribed'
       and (${c}.consent_version_at is null or ou.consent_version_at >= ${c}.consent_version_at))`;
  return withUnsubscribed
    ? `(${said} or ${optedOut(c)} or ${elsewhere})`
    : `(${said} and not ${optedOut(c)} and not ${elsewhere})`;
}

const UNSUBSCRIBES = `select email, 'infinity'::timestamptz as until from address_optouts where lifted_at is null
    union all
    select email, coalesce(consent_version_at, '-infinity') from customers
    where consent_status = 'unsubscribed' and email is not null`;

const untilByAddress = (told: string): string =>
  `(select un.email, max(un.until) as until from (${told}) un group by un.email)`;

/**
 * Addresses that are unsubscribed, as a relation (email, until): whose word on the person is older than `until`, or who
 * has none, is unsubscribed. For a scan of all customers, to be left-joined: as `not exists` Postgres plans it as a
 * parallel right anti join, whose rows all come out of one process, which then does all that follows alone.
 */
export const UNSUBSCRIBED_ADDRESSES = untilByAddress(UNSUBSCRIBES);

/** {@link UNSUBSCRIBED_ADDRESSES} and those suppressed for all mail, whose word comes too late in any case. */
export const CLOSED_ADDRESSES = untilByAddress(`${UNSUBSCRIBES}
    union all
    select address, 'infinity' from suppressions where scope = 'all'`);

/** As {@link consentIsOneOfSql}, by {@link UNSUBSCRIBED_ADDRESSES} joined as `un`. */
export function consentIsOneOfJoinedSql(c: string, un: string, statuses: string, withUnsubscribed: boolean): string {
  const said = `${c}.consent_status = any(${statuses})`;
  return withUnsubscribed
    ? `(${said} or (${un}.until is not null and coalesce(${un}.until >= ${c}.consent_version_at, true)))`
    : `(${said} and (${un}.until is null or coalesce(${un}.until < ${c}.consent_version_at, false)))`;
}

/** What a shop said about a topic (boolean), null where it said nothing. */
const shopTopic = (c: string, topic: string): string =>
  `(case ${c}.consent_topics->${topic} when 'true'::jsonb then true when 'false'::jsonb then false end)`;

/**
 * Whether a topic (an expression, text) is on for a person (boolean), `isTopicOn` of `wishes.ts` in SQL; a test
 * holds the two together. A jsonb comparison of nulls is no comparison: who has no wishes costs no look into them.
 */
export function topicOnSql(c: string, topic: string): string {
  const own = `${c}.wishes->('topic:' || ${topic})`;
  const since = `(${own}->>'at')::timestamptz`;
  const replaced = `(${c}.consent_version_at > ${since} and case ${shopTopic(c, topic)}
    when false then true
    when true then ${c}.consent_status = 'subscribed' and btrim(coalesce(${c}.consent_source, '')) <> ''
      and ${c}.consent_at > ${since}
    end)`;
  return `coalesce(case when ${own} is null or ${replaced} then ${shopTopic(c, topic)}
    else (${own}->>'value')::boolean end, not ${topicIsOffByDefault(topic)})`;
}

/** Whether a topic is off for who has said nothing (`OffByDefault`). */
const topicIsOffByDefault = (topic: string): string =>
  `coalesce((select st.value ? ${topic} from settings st where st.key = 'off-by-default'), false)`;

/** Whether the person wants no marketing mail for now (boolean); `now` is an expression. */
export function pausedSql(c: string, now: string): string {
  return `coalesce((${c}.wishes->'pause'->>'value')::timestamptz > ${now}, false)`;
}

/** Whether the address gets no marketing mail (boolean); hard bounces, complaints and what the operator put there. */
export function suppressedSql(c: string): string {
  return `exists (select 1 from suppressions su where su.address = ${c}.email)`;
}

/** Whether marketing mail may go to the person at all (boolean): an address, consent in force, not suppressed. */
export function mailableSql(c: string): string {
  return `(${c}.email is not null and ${c}.erased_at is null and ${c}.deleted_at is null
    and ${consentIsOneOfSql(c, `'{subscribed}'::text[]`, false)} and not ${suppressedSql(c)})`;
}

/** The topics as they hold for the person as jsonb, those about which somebody said something. */
function topicsInForceSql(c: string): string {
  return `(case when ${c}.wishes is null then ${c}.consent_topics else (
      select coalesce(jsonb_object_agg(t.key, ${topicOnSql(c, 't.key')}), '{}') from (
        select jsonb_object_keys(${c}.consent_topics) as key
        union select substr(w.key, 7) from jsonb_object_keys(${c}.wishes) w (key) where w.key like 'topic:%') t)
    end)`;
}

/** The consent in force as jsonb: `{ status, source, at, ip, text, topics }`, source and time being those of what holds. */
export function consentViewSql(c: string): string {
  return `(select jsonb_build_object(
      'status', e.status,
      'source', case when oo.email is not null then oo.source else ${c}.consent_source end,
      'at', coalesce(oo.at, ${c}.consent_at),
      'ip', case when oo.email is null then ${c}.consent_ip end,
      'text', case when oo.email is null then ${c}.consent_text end,
      'topics', ${topicsInForceSql(c)})
    from (select ${effectiveConsentSql(c)} as status) e
    left join address_optouts oo on oo.email = ${c}.email and oo.lifted_at is null)`;
}

/** The suppression of the address as jsonb `{ reason, at, scope }`, or null; of two the one of all mail. */
export function suppressionViewSql(c: string): string {
  return `(select jsonb_build_object('reason', su.reason, 'at', su.at, 'scope', su.scope) from suppressions su
    where su.address = ${c}.email order by su.scope limit 1)`;
}
