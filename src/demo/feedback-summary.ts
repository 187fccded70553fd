import { type ApiClient } from './api-client';
import { type Crowd } from './crowd';
import { POOL } from './gifts';
import { table } from './table';

interface SurveyReport {
  responses: number;
  responseRate: number | null;
  score: number | null;
  ci: [number, number] | null;
  distribution: Array<{ value: number | string; count: number }>;
}

interface Pool {
  counts: { allocated: number; redeemed: number; expired: number; redeemedByOthers: number };
  cost: string;
  currency: string;
}

/** What shoppers answered, what was given away and what it cost, and whom they brought: as text for a terminal. */
export async function feedbackOf(api: ApiClient, crowd: Crowd): Promise<string> {
  const { items } = await api.get<{ items: Array<{ key: string; kind: string }> }>('/api/v1/surveys');
  const surveys: string[][] = [];
  for (const { key, kind } of items) surveys.push(row(key, kind, await api.get(`/api/v1/reports/surveys/${key}`)));
  const { counts, cost, currency } = await api.get<Pool>(`/api/v1/coupon-pools/${POOL.key}`);
  const given = counts.allocated + counts.redeemed + counts.expired;
  const rewarded = await rewards(api, crowd);
  return [
    table(['survey', 'answers', 'of those asked', 'score', '95 % interval', 'answers in detail'], surveys),
    '',
    `coupons: ${given} given, ${counts.redeemed} redeemed (${counts.redeemedByOthers} by others); they cost ${cost} ${currency}`,
    `friends: ${crowd.friends} brought, ${rewarded.friends} of them rewarded with their first order; ${rewarded.points} points to those who brought them`,
  ].join('\n');
}

function row(key: string, kind: string, report: SurveyReport): string[] {
  const { responses, responseRate, score, ci, distribution } = report;
  return [
    key,
    String(responses),
    responseRate === null ? '-' : `${(responseRate * 100).toFixed(0)} %`,
    score === null ? '-' : `${kind === 'nps' ? 'NPS ' : ''}${score.toFixed(1)}`,
    ci ? `${ci[0].toFixed(1)} to ${ci[1].toFixed(1)}` : '-',
    distribution.map(({ value, count }) => `${value}:${count}`).join(' '),
  ];
}

async function rewards(api: ApiClient, crowd: Crowd): Promise<{ friends: number; points: number }> {
  let [friends, points] = [0, 0];
  for (const externalId of crowd.inviters) {
    const { items } = await api.get<{ items: Array<{ id: string }> }>(`/api/v1/customers?externalId=${externalId}`);
    const id = items[0]?.id;
    if (id === undefined) continue;
    const own = await api.get<{ referred: number; earned: number }>(`/api/v1/customers/${id}/referral`);
    friends += own.referred;
    points += own.earned;
  }
  return { friends, points };
}
