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
