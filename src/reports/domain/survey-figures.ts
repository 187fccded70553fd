import { type Interval, wilson } from './proportion-interval';
import { studentQuantile95, Z95 } from './special-functions';

/** What kind of answers a survey takes, and between which bounds; `choices` are the values in their order. */
export interface SurveyAsked {
  kind: 'nps' | 'csat' | 'choice' | 'number' | 'loyalty';
  scale: { min: number; max: number } | null;
  choices: readonly string[];
}

/** How often a score or choice was given. */
export interface AnswerCount {
  /** A score as text, or the value of a choice. */
  value: string;
  n: number;
}

/** A share of the answers, with Wilson's interval; interval null without answers. */
export interface AnswerShare {
  /** A score, the value of a choice, or the lower bound of a class of amounts. */
  value: number | string;
  /** Of a class of amounts: its upper bound, which only the last one includes. */
  to?: number;
  count: number;
  share: number | null;
  ci: Interval | null;
}

/** Figures of some answers, one a person. Which score it is follows from the kind. */
export interface SurveyFigures {
  responses: number;
  /** NPS, or the mean score; null for `choice` and without answers. */
  score: number | null;
  ci: Interval | null;
  distribution: AnswerShare[];
  /** Of `nps` only. */
  promoters?: AnswerShare;
  passives?: AnswerShare;
  detractors?: AnswerShare;
  /** Of `csat`: those who gave one of the two best scores. */
  satisfied?: AnswerShare;
  /** Of `number`. */
  median?: number | null;
}

/** How many of the mails that asked were answered. */
export interface ResponseRate {
  delivered: number;
  answered: number;
  /** Null where nothing was delivered. */
  responseRate: number | null;
  responseRateCi: Interval | null;
}

/** Answered / delivered, with Wilson's interval. */
export function responseRate(delivered: number, answered: number): ResponseRate {
  if (delivered === 0) return { delivered, answered, responseRate: null, responseRateCi: null };
  return {
    ...{ delivered, answered, responseRate: answered / delivered },
    responseRateCi: wilson({ x: answered, n: delivered }),
  };
}

const PROMOTER = 9;
const PASSIVE = 7;
const CLASSES = 10;

/** The figures of a survey by how often each answer was given, one answer a person. */
export function surveyFigures(asked: SurveyAsked, counts: readonly AnswerCount[]): SurveyFigures {
  const n = counts.reduce((sum, one) => sum + one.n, 0);
  if (asked.kind === 'choice') {
    const values = [...new Set([...asked.choices, ...counts.map(({ value }) => value)])];
    const times = new Map(counts.map((one) => [one.value, one.n]));
    return {
      responses: n,
      score: null,
      ci: null,
      distribution: values.map((value) => share(value, times.get(value) ?? 0, n)),
    };
  }
  const scores = counts.map((one) => ({ score: Number(one.value), n: one.n })).sort((a, b) => a.score - b.score);
  const between = (low: number, high: number): number =>
    scores.reduce((sum, one) => sum + (one.score >= low && one.score < high ? one.n : 0), 0);
  const { mean, ci } = meanInterval(scores);
  const base = { responses: n, score: mean, ci };
  switch (asked.kind) {
    case 'nps': {
      const [promoters, detractors] = [between(PROMOTER, Infinity), between(-Infinity, PASSIVE)];
      return {
        ...base,
        ...netPromoterScore(promoters, detractors, n),
        distribution: steps(asked.scale ?? { min: 0, max: 10 }, between, n),
        promoters: share('promoters', promoters, n),
        passives: share('passives', between(PASSIVE, PROMOTER), n),
        detractors: share('detractors', detractors, n),
      };
    }
    case 'csat': {
      const scale = asked.scale ?? { min: 1, max: 5 };
      const satisfied = share('satisfied', between(scale.max - 1, Infinity), n);
      return { ...base, distribution: steps(scale, between, n), satisfied };
    }
    case 'loyalty':
      // Means of three answers: each goes to the whole score that it rounds to.
      return {
        ...base,
        distribution: steps(asked.scale ?? { min: 0, max: 10 }, (a, b) => between(a - 0.5, b - 0.5), n),
      };
    case 'number':
      return { ...base, distribution: classes(scores, between, n), median: median(scores, n) };
    default:
      return asked.kind satisfies never;
  }
}

/**
 * Net promoter score 100 (P - D)/n with the adjusted-Wald interval (Rocks 2016): three quarters of a promoter and of a
 * detractor and one and a half passives are added, cut to +-100. Nulls without answers.
 */
export function netPromoterScore(
  promoters: number,
  detractors: number,
  n: number,
): { score: number | null; ci: Interval | null } {
  if (n === 0) return { score: null, ci: null };
  const p = (promoters + 0.75) / (n + 3);
  const q = (detractors + 0.75) / (n + 3);
  const half = Z95 * Math.sqrt((p + q - (p - q) ** 2) / (n + 3));
  const cut = (value: number): number => Math.min(100, Math.max(-100, 100 * value));
  return { score: (100 * (promoters - detractors)) / n, ci: [cut(p - q - half), cut(p - q + half)] };
}

interface ScoreCount {
  score: number;
  n: number;
}

/** Mean with Student's interval (sample variance, ddof 1); no interval below two answers or where all are the same. */
export function meanInterval(scores: readonly ScoreCount[]): { mean: number | null; ci: Interval | null } {
  const n = scores.reduce((sum, one) => sum + one.n, 0);
  if (n === 0) return { mean: null, ci: null };
  const mean = scores.reduce((sum, one) => sum + one.score * one.n, 0) / n;
  const squares = scores.reduce((sum, one) => sum + one.n * (one.score - mean) ** 2, 0);
  if (n < 2 || scores.filter((one) => one.n > 0).length < 2) return { mean, ci: null };
  const half = studentQuantile95(n - 1) * Math.sqrt(squares / (n - 1) / n);
  return { mean, ci: [mean - half, mean + half] };
}

function share(value: number | string, count: number, n: number): AnswerShare {
  if (n === 0) return { value, count, share: null, ci: null };
  return { value, count, share: count / n, ci: wilson({ x: count, n }) };
}

type Between = (low: number, high: number) => number;

/** One share for each whole score of the scale. */
function steps({ min, max }: { min: number; max: number }, between: Between, n: number): AnswerShare[] {
  return Array.from({ length: max - min + 1 }, (_, i) => share(min + i, between(min + i, min + i + 1), n));
}

/** Amounts in ten classes of one width from the least to the greatest that was given. */
function classes(scores: readonly ScoreCount[], between: Between, n: number): AnswerShare[] {
  const [low, high] = [scores[0]?.score, scores.at(-1)?.score];
  if (low === undefined || high === undefined) return [];
  if (low === high) return [{ ...share(low, n, n), to: high }];
  const width = (high - low) / CLASSES;
  return Array.from({ length: CLASSES }, (_, i) => {
    const [from, to] = [low + i * width, i === CLASSES - 1 ? high : low + (i + 1) * width];
    return { ...share(from, between(from, i === CLASSES - 1 ? Infinity : to), n), to };
  });
}

function median(scores: readonly ScoreCount[], n: number): number | null {
  const at = (rank: number): number => {
    let seen = 0;
    return scores.find((one) => (seen += one.n) > rank)?.score ?? 0;
  };
  return n === 0 ? null : (at(Math.floor((n - 1) / 2)) + at(Math.floor(n / 2))) / 2;
}

/** Why a mean has no interval. */
export function noInterval(responses: number): string {
  if (responses === 0) return 'no_responses';
  return responses < 2 ? 'under_2_responses' : 'all_answers_alike';
}

/** Why a figure is null, by its name. */
export function surveyUndefinedBecause(asked: SurveyAsked, figures: SurveyFigures): Record<string, string> {
  const { responses, score, ci, median: middle } = figures;
  const isChoice = asked.kind === 'choice';
  const reasons: Array<[string, unknown, string]> = [
    ['score', score, isChoice ? 'choices_have_no_score' : 'no_responses'],
    ['ci', ci, isChoice ? 'choices_have_no_score' : noInterval(responses)],
    ['median', middle, 'no_responses'],
  ];
  const found = reasons.filter(([, value]) => value === null).map(([name, , reason]) => [name, reason] as const);
  const shares = ['distribution[]', ...SHARES.filter((name) => figures[name] !== undefined)];
  const none = responses === 0 ? shares.flatMap((name) => [`${name}.share`, `${name}.ci`]) : [];
  return { ...Object.fromEntries(found), ...Object.fromEntries(none.map((name) => [name, 'no_responses'])) };
}

const SHARES = ['promoters', 'passives', 'detractors', 'satisfied'] as const;
