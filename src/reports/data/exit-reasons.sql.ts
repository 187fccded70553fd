import { type Sql } from '../../platform/database/database';

/** Of when: from `from` up to but without `to`, and nothing after `asOf`; null bounds are open. */
export interface ExitWindow {
  from: Date | null;
  to: Date | null;
  asOf: Date;
}

const within = (at: string): string =>
  `${at} <= $3 and ($1::timestamptz is null or ${at} >= $1) and ($2::timestamptz is null or ${at} < $2)`;

export interface LeftRow {
  /** Null: not by a mail of a campaign, such as a complaint. */
  campaign: string | null;
  left: number;
  /** Of these: on a page of ours, where the question stands. */
  asked: number;
}

/** Unsubscribes of addresses, by the campaign whose mail they came by. They are few beside the mails. */
export function leftByCampaign({ from, to, asOf }: ExitWindow): Sql {
  return {
    text: `
      select c.key as campaign, count(*)::int as "left",
        count(*) filter (where o.source in ('page', 'preferences'))::int as asked
      from address_optouts o left join messages m on m.id = o.message_id left join campaigns c on c.id = m.campaign_id
      where ${within('o.at')} group by 1 order by 1 nulls last`,
    values: [from, to, asOf],
  };
}

export interface ReasonRow {
  campaign: string | null;
  reason: string;
  answers: number;
}

/** Why people left, by campaign. */
export function reasonsByCampaign({ from, to, asOf }: ExitWindow): Sql {
  return {
    text: `
      select c.key as campaign, a.reason, count(*)::int as answers
      from exit_answers a left join campaigns c on c.id = a.campaign_id
      where ${within('a.at')} group by 1, 2 order by 1 nulls last, 3 desc, 2`,
    values: [from, to, asOf],
  };
}

export interface WordsRow {
  at: Date;
  campaign: string | null;
  step: string | null;
  reason: string;
  words: string;
}

/** The newest words, without a name beside them. */
export function newestWords({ from, to, asOf }: ExitWindow, limit: number): Sql {
  return {
    text: `
      select a.at, c.key as campaign, a.step, a.reason, a.words
      from exit_answers a left join campaigns c on c.id = a.campaign_id
      where a.words is not null and ${within('a.at')} order by a.at desc, a.id desc limit $4`,
    values: [from, to, asOf, limit],
  };
}
