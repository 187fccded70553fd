import { type Sql } from '../../platform/database/database';

/** Something that must not be: the row it is about, and what is wrong with it. */
export interface ViolationRow {
  id: string;
  detail: string;
}

/** A check of the whole ledger; its statement answers the violations. */
export interface LedgerCheck {
  name: string;
  says: string;
  sql: Sql;
}

const ACCEPTED = `status in ('sent', 'bounced')`;

/** What must hold of every row, whatever happened. */
export const LEDGER_CHECKS: readonly LedgerCheck[] = [
  {
    name: 'accepted-twice',
    says: 'no (origin, origin id, step) has two accepted mails',
    sql: {
      text: `select min(id::text) as id, origin || ' ' || origin_id || ' ' || step || ': ' || count(*) || ' accepted' as detail
             from messages where ${ACCEPTED} group by origin, origin_id, step having count(*) > 1`,
    },
  },
  {
    name: 'two-rows',
    says: 'no (origin, origin id, step) has two rows',
    sql: {
      text: `select min(id::text) as id, origin || ' ' || origin_id || ' ' || step || ': ' || count(*) || ' rows' as detail
             from messages group by origin, origin_id, step having count(*) > 1`,
    },
  },
  {
    name: 'message-id-twice',
    says: 'no Message-ID belongs to two messages',
    sql: {
      text: `select min(id::text) as id, message_id_header || ': ' || count(*) || ' messages' as detail
             from messages where message_id_header is not null group by message_id_header having count(*) > 1`,
    },
  },
  {
    name: 'no-unique-key',
    says: 'the database itself refuses a second row of a key',
    sql: {
      text: `select 'messages' as id, 'the unique key on (origin_id, origin, step) is missing' as detail
             where not exists (select from pg_index i where i.indrelid = 'messages'::regclass and i.indisunique
               and i.indisvalid and i.indpred is null and (select array_agg(a.attname::text order by a.attname) from pg_attribute a
                 where a.attrelid = i.indrelid and a.attnum = any(i.indkey)) = '{origin,origin_id,step}')`,
    },
  },
  {
    name: 'decision-without-message',
    says: 'every e-mail step that was decided has its row',
    sql: {
      text: `select d.enrollment_id::text as id, 'step ' || d.step || ' was decided (' || d.outcome || ') and has no message' as detail
             from enrollment_decisions d
             where d.kind = 'email' and d.outcome in ('queued', 'skipped', 'held_out')
               and not exists (select from messages m
                 where m.origin_id = d.enrollment_id and m.origin = 'enrollment' and m.step = d.step)`,
    },
  },
  {
    name: 'wrong-arm',
    says: 'the control group is sent nothing, and nobody else is held out',
    sql: {
      text: `select m.id::text as id, m.status || ' in the arm ' || e.arm as detail
             from messages m join enrollments e on e.id = m.enrollment_id
             where m.origin = 'enrollment' and (e.arm = 'holdout') <> (m.status = 'held_out') and m.status <> 'skipped'`,
    },
  },
  {
    name: 'sent-without-gate',
    says: 'what was sent has passed the gate, and what is at its end waits for nothing',
    sql: {
      text: `select id::text as id, status || case when sending_at is null and status in ('sent', 'bounced', 'uncertain', 'sending')
                 then ' without the time of its gate' when ${ACCEPTED} and sent_at is null then ' without a time'
                 else ' with a next try' end as detail
             from messages
             where (status in ('sent', 'bounced', 'uncertain', 'sending') and sending_at is null)
               or (${ACCEPTED} and sent_at is null)
               or (status not in ('queued', 'deferred') and next_try_at is not null)`,
    },
  },
  {
    name: 'orphan-message',
    says: 'every message of an enrollment has it, with its customer and its campaign',
    sql: {
      text: `select m.id::text as id, 'enrollment ' || m.enrollment_id || case when e.id is null then ' does not exist'
                 else ' is of another customer or campaign' end as detail
             from messages m left join enrollments e on e.id = m.enrollment_id
             where m.origin = 'enrollment' and (e.id is null or e.campaign_id <> m.campaign_id
               or e.customer_id is distinct from m.customer_id)`,
    },
  },
  {
    name: 'orphan-contents',
    says: 'stored contents belong to a message',
    sql: {
      text: `select c.message_id::text as id, 'contents without a message' as detail from message_contents c
             where not exists (select from messages m where m.id = c.message_id)`,
    },
  },
  {
    name: 'lost-lease',
    says: 'no message is held by a worker whose lease ended five minutes ago',
    sql: {
      text: `select id::text as id, status || ', lease until ' || lease_until as detail from messages
             where status in ('claimed', 'sending') and lease_until < clock_timestamp() - interval '5 minutes'`,
    },
  },
];

/** Rows by origin and status. */
export const ledgerCounts: Sql = {
  text: 'select origin, status, count(*)::int as count from messages group by 1, 2 order by 1, 2',
};

/** Where people stand, by program: versions whose people were moved into them from another are told by entry times. */
export const standings: Sql = {
  text: `
    select e.campaign_id as "campaignId", e.version, e.position, v.program -> 'instructions' as instructions
    from enrollments e join campaign_versions v on v.campaign_id = e.campaign_id and v.version = e.version
    group by e.campaign_id, e.version, e.position, v.program -> 'instructions'`,
};

export interface Standing {
  campaignId: string;
  version: number;
  position: number;
  step: string;
}

/**
 * Enrollments that stand behind an e-mail step and have no row of it. Who entered before their version was published was
 * moved into it and may have passed its steps by; they are left to the check of decisions.
 */
export function passedWithoutMessage(passed: readonly Standing[]): Sql {
  return {
    text: `
      select e.id::text as id, 'stands behind the step ' || p.step || ' and has no message of it' as detail
      from unnest($1::uuid[], $2::int[], $3::int[], $4::text[]) as p (campaign_id, version, position, step)
      join campaign_versions v on v.campaign_id = p.campaign_id and v.version = p.version
      join enrollments e on e.campaign_id = p.campaign_id and e.version = p.version and e.position = p.position
      where e.entered_at >= v.published_at
        and not exists (select from messages m
          where m.origin_id = e.id and m.origin = 'enrollment' and m.step = p.step)`,
    values: [
      passed.map((one) => one.campaignId),
      passed.map((one) => one.version),
      passed.map((one) => one.position),
      passed.map((one) => one.step),
    ],
  };
}
