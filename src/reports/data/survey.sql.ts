import { type Sql } from '../../platform/database/database';

/** A survey as it stands. */
export interface SurveyRow {
  id: string;
  key: string;
  name: string;
  kind: 'nps' | 'csat' | 'choice' | 'number' | 'loyalty';
  scale: { min: number; max: number } | null;
  choices: Array<{ value: string }> | null;
}

export function surveyByRef(ref: string): Sql {
  return {
    text: 'select id, key, name, kind, scale, choices from surveys where key = $1 or id::text = $1',
    values: [ref],
  };
}

/** Of which answers: given in [from, to) and not after `asOf`; null bounds are open. */
export interface AnswerWindow {
  surveyId: string;
  from: Date | null;
  to: Date | null;
  asOf: Date;
}

const IN_WINDOW = `r.survey_id = $1 and r.answered_at <= $4
  and ($2::timestamptz is null or r.answered_at >= $2) and ($3::timestamptz is null or r.answered_at < $3)`;

const VALUE = 'coalesce(r.choice, trim_scale(r.score)::text)';

/** How often each answer was given in a group of one dimension. */
export interface AnswerCountRow {
  dimension: 'all' | 'campaign' | 'segment' | 'product' | 'recommend' | 'buyAgain' | 'tryOthers';
  /** The group: a key or an external id; empty for all. */
  name: string;
  value: string;
  n: number;
}

/**
 * The last answer of each person in the window, counted by what it was: all of them, by campaign, by the segment that the
 * person is in now (the stage is one), by product of the order that the mail was about, and by item of a loyalty survey.
 * Plan: survey_responses_time, then everything from the answers' rows by key.
 */
export function answerCounts({ surveyId, from, to, asOf }: AnswerWindow): Sql {
  const counted = (dimension: string, name: string, value: string, joins: string): string =>
    `select '${dimension}' as dimension, ${name} as name, ${value} as value, count(*)::int as n from last r ${joins} group by 2, 3`;
  return {
    text: `
      with last as materialized (
        select distinct on (r.customer_id) r.customer_id, r.campaign_id, r.order_id, r.score, r.choice, r.answers
        from survey_responses r where ${IN_WINDOW}
        order by r.customer_id, r.answered_at desc, r.id desc)
      ${[
        counted('all', `''`, VALUE, ''),
        counted('campaign', 'c.key', VALUE, 'join campaigns c on c.id = r.campaign_id'),
        counted('segment', 's.stage', VALUE, 'join customer_stages s on s.customer_id = r.customer_id'),
        counted(
          'segment',
          's.key',
          VALUE,
          'join segment_members m on m.customer_id = r.customer_id join segments s on s.id = m.segment_id',
        ),
        counted(
          'product',
          'l.product_external_id',
          VALUE,
          'join (select distinct order_id, product_external_id from order_lines) l on l.order_id = r.order_id',
        ),
        ...['recommend', 'buyAgain', 'tryOthers'].map((item) =>
          counted(item, `''`, `r.answers ->> '${item}'`, `where r.answers ? '${item}'`),
        ),
      ].join(' union all ')}`,
    values: [surveyId, from, to, asOf],
  };
}

/** How often each answer was given in a calendar period. */
export interface PeriodCountRow {
  period: number;
  value: string;
  n: number;
}

/** The same for each of some periods: the last answer of each person in it, so that one may count in several. */
export function answerCountsByPeriod(
  { surveyId, from, to, asOf }: AnswerWindow,
  periods: ReadonlyArray<{ start: Date; end: Date }>,
): Sql {
  return {
    text: `
      with last as (
        select distinct on (p.period, r.customer_id) p.period, r.score, r.choice
        from unnest($5::timestamptz[], $6::timestamptz[]) with ordinality as p (start, "end", period)
        join survey_responses r on r.answered_at >= p.start and r.answered_at < p."end" and ${IN_WINDOW}
        order by p.period, r.customer_id, r.answered_at desc, r.id desc)
      select (r.period - 1)::int as period, ${VALUE} as value, count(*)::int as n from last r group by 1, 2`,
    values: [surveyId, from, to, asOf, periods.map(({ start }) => start), periods.map(({ end }) => end)],
  };
}

/** The mails that asked, by campaign. */
export interface AskedRow {
  campaign: string;
  delivered: number;
  answered: number;
  /** Comments and answers to the follow-up question. */
  comments: number;
}

/**
 * The mails that were sent in the window with the survey and did not bounce, and how many of them were answered by `asOf`.
 * Plan: messages_campaign for the campaigns that ask, or ever asked, the survey: there is no index on `survey_id`, which
 * every mail would have to keep.
 */
export function askedMails({ surveyId, from, to, asOf }: AnswerWindow): Sql {
  return {
    text: `
      with asking as (
        select v.campaign_id from campaign_versions v join surveys s on s.id = $1
        where jsonb_path_exists(v.definition, '$.**.survey ? (@ == $key || @ == $id)',
          jsonb_build_object('key', s.key, 'id', s.id::text))
        union select campaign_id from survey_responses where survey_id = $1)
      select c.key as campaign, count(*)::int as delivered, count(r.id)::int as answered,
        count(*) filter (where r.comment is not null or r.follow_up_answer is not null)::int as comments
      from asking a join campaigns c on c.id = a.campaign_id
      join messages m on m.campaign_id = a.campaign_id and m.survey_id = $1
      left join survey_responses r on r.message_id = m.id and r.answered_at <= $4
      where m.origin = 'enrollment' and m.sent_at <= $4 and (m.bounced_at is null or m.bounced_at > $4)
        and ($2::timestamptz is null or m.sent_at >= $2) and ($3::timestamptz is null or m.sent_at < $3)
      group by c.key order by c.key`,
    values: [surveyId, from, to, asOf],
  };
}

/** When the first answer of a survey came. */
export function firstAnswer(surveyId: string): Sql {
  return {
    text: 'select min(answered_at) as at from survey_responses where survey_id = $1',
    values: [surveyId],
  };
}
