import { type Sql } from '../../platform/database/database';

/** A sending domain as it stands. */
export interface SendingDomainRow {
  domain: string;
  pausedAt: Date | null;
  reason: string | null;
  advice: string | null;
  evidence: Record<string, unknown> | null;
  resumesAt: Date | null;
  resumedAt: Date | null;
  pauses: number;
}

const COLUMNS = `domain, paused_at as "pausedAt", reason, advice, evidence, resumes_at as "resumesAt",
  resumed_at as "resumedAt", pauses`;

/**
 * The domain that a message is sent from, as an expression over a row of `messages`. It stands in the Message-ID, which is
 * made of the sender's address once and for all.
 */
export const senderDomainSql = (m: string): string => `lower(rtrim(split_part(${m}.message_id_header, '@', 2), '>'))`;

/** Whether the domain of a message is held back at `now` (an expression). A read of a table of few rows. */
export const senderPausedSql = (m: string, now: string): string =>
  `exists (select 1 from sending_domains d where d.domain = ${senderDomainSql(m)} and d.paused_at is not null
      and (d.resumes_at is null or d.resumes_at > ${now}))`;

export function listSendingDomains(lock?: { domain: string }): Sql {
  return lock
    ? { text: `select ${COLUMNS} from sending_domains where domain = $1 for update`, values: [lock.domain] }
    : { text: `select ${COLUMNS} from sending_domains order by domain`, values: [] };
}

/** Holds a domain back; returns nothing where it is held back already, whose first reason stays. */
export function pauseDomain(
  domain: string,
  pause: { reason: string; advice: string; evidence: object; resumesAt: Date | null },
  now: Date,
): Sql {
  return {
    text: `
      insert into sending_domains as d (domain, paused_at, reason, advice, evidence, resumes_at, pauses)
      values ($1, $2, $3, $4, $5, $6, 1)
      on conflict (domain) do update set paused_at = excluded.paused_at, reason = excluded.reason,
        advice = excluded.advice, evidence = excluded.evidence, resumes_at = excluded.resumes_at, pauses = d.pauses + 1
      where d.paused_at is null or d.resumes_at <= $2
      returning domain`,
    values: [domain, now, pause.reason, pause.advice, JSON.stringify(pause.evidence), pause.resumesAt],
  };
}

export function resumeDomain(domain: string, now: Date): Sql {
  return {
    text: `update sending_domains set paused_at = null, resumes_at = null, resumed_at = $2 where domain = $1`,
    values: [domain, now],
  };
}

/**
 * What came of the mails that were queued since `since`, by sending domain; after a resume only of those since then. Ids
 * ascend with time, so this reads the mails of the window alone: half a second for a million.
 */
export function senderFigures(since: Date): Sql {
  return {
    text: `
      select ${senderDomainSql('m')} as domain,
        count(*) filter (where m.sent_at is not null or m.status = 'failed')::int as sent,
        count(*) filter (where m.complained_at is not null)::int as complaints,
        count(*) filter (where m.status = 'bounced' or (m.status = 'failed' and m.last_reply ~ '5\\.1\\.(1|2|3|10)([^0-9]|$)'))::int
          as "hardBounces",
        count(*) filter (where m.status = 'failed' and m.last_reply ~ '5\\.7\\.[0-9]')::int as refusals
      from messages m left join sending_domains d on d.domain = ${senderDomainSql('m')}
      where m.id >= $1::uuid and m.message_id_header is not null
        and m.queued_at > coalesce(d.resumed_at, '-infinity')
      group by 1`,
    values: [firstIdOf(since)],
  };
}

/** The least UUID v7 of an instant. */
function firstIdOf(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
