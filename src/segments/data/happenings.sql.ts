import { type FactHappening, type HappeningFilter } from '../../customers/facts';
import { type Sql } from '../../platform/database/database';

/** A kind of happening, asked for once whatever the number of leaves that count it. */
export interface HappeningQuestion {
  happening: FactHappening;
  filter: HappeningFilter;
  /** Nothing before this instant is wanted; null: everything. */
  since: Date | null;
}

export interface HappeningRow {
  /** Index of the question. */
  question: number;
  customerId: string;
  at: Date;
  endedAt: Date | null;
}

/** The happenings that some questions mean, of some customers, up to an instant: one statement for all questions. */
export function loadHappenings(
  questions: readonly HappeningQuestion[],
  customerIds: readonly string[],
  until: Date,
  history: boolean,
): Sql {
  const values: unknown[] = [customerIds, until];
  const param = (value: unknown, cast: string): string => `$${values.push(value)}::${cast}`;
  const parts = questions.map(({ happening, filter, since }, i) => {
    const { from, where, customer, at, ended } = happening.sql(filter, { history, param });
    const window = since ? ` and ${at} >= ${param(since, 'timestamptz')}` : '';
    return `select ${i} as question, ${customer} as "customerId", ${at} as at,
        ${ended ?? 'null::timestamptz'} as "endedAt"
      from ${from} where ${customer} = any($1::uuid[]) and ${at} <= $2 and ${where}${window}`;
  });
  return { text: parts.join(' union all '), values };
}
